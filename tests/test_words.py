"""Stored words stay, and names in the code are the field's own words."""

from __future__ import annotations

import dataclasses
import io
import re
import tokenize
from pathlib import Path

import click
import pytest

import chromafield
from chromafield.cli.main import main
from chromafield.colorizer.colorizer import Colorizer
from chromafield.colorizer.files import Report
from chromafield.colorizer.loading import load_colorizer
from chromafield.data.crop_config import CropConfig
from chromafield.errors import AlreadyColour, ChromafieldError
from chromafield.film.settings import Plan
from chromafield.film.survey import Survey
from chromafield.film.work_folder import Done
from chromafield.hints.document import GREY, NAMED, SHAPES, Hints, Mark, Region
from chromafield.hints.file import to_json
from chromafield.models import create_model, shipped_path
from chromafield.models.hint_network.loading import HINT_NETWORK, create_hint_network
from chromafield.models.sampler import vae
from chromafield.models.weights import ENTRY, read_weights
from chromafield.sampling.samples import Sampling
from chromafield.settings import Settings
from chromafield.train.config import FitConfig, LossConfig, RunConfig

SRC = Path(chromafield.__file__).parent


def fields_of(kind: type) -> set[str]:
    return {field.name for field in dataclasses.fields(kind)}


# What files, programs and scripts of others hold. A word that is lost here breaks them.
STORED = {
    "a hint file": "chromafield version marks same settings picture at path polygon mask layer "
    "scribbles radius color sample grey",
    "the manifest": "input input_sha256 output output_sha256 beside model fingerprint extras "
    "version seconds notes",
    "the settings": "model field size strength seed views palette palette_strength reference "
    "reference_strength hints options force",
    "samples": "count seed draw size told spread",
    "a fingerprint": "weights_sha256 field size views strength seed palette_sha256 "
    "palette_strength reference_sha256 reference_strength hints_sha256 options",
    "plan.json": "settings steady memory recolor clean hints codec quality start end rate keep "
    "fields",
    "survey.json": "times shots levels in_colour damaged cut_off last fields quantiles asked",
    "a finished piece": "passed ahead seconds",
    "a run's config": "model paths steps minutes options start teacher sides weights unlabelled "
    "shown held_out evaluate_every evaluated log_every save_every device crops fit losses",
    "a run's crops": "batch area aspect aged seed keep",
    "a run's fit": "lr start_lr weight_decay warmup cool grad_clip average average_ramp "
    "average_every freeze half",
    "a run's losses": "mean knee vivid labels label_step channels soft precision taught "
    "adversarial uniform",
    "options": "--told --draw --most --law --strict --show --aged --vivid --keep --memory --steady "
    "--clean --start --option --sides --batch --lr --cool --average --average-ramp --average-every "
    "--freeze --label-step --weight --steps --minutes --teacher --loss --adversarial --soft --half "
    "--single --unlabelled --seed --device --threads --check --tensorboard --resume --warmup",
    "public names": "Canvas ChannelBeliefs ChromafieldError Colorizer GaussianBelief Hints "
    "LabelBelief OutputOptions Proposal Settings colorize colorize_folder create_field "
    "create_model list_fields list_models "
    "load_colorizer load_model make_canvas read_hints read_picture samples write_hints "
    "write_picture",
    "the hint network's weights": "recall first down join deeper deep deepest overall up last "
    "change",
    "the vae's weights": "encoder deep deep_norm fuses colours posterior low middle top",
    "lite-unet's weights": "encoder colour",
}


@pytest.fixture(scope="module")
def there(tiny_weights: Path) -> dict[str, set[str]]:
    region = Region(((0.1, 0.1),), 0.1)
    marks = [
        Mark("at", ((0.1, 0.1),), 0.1),
        Mark("path", ((0.1, 0.1),), 0.1),
        Mark("polygon", ((0.1, 0.1), (0.2, 0.1), (0.2, 0.2)), sample=(1, 1)),
        *(Mark(kind, source="a.png") for kind in NAMED),
    ]
    document = to_json(Hints(tuple(marks), ((region, region),), picture=(2, 2)))
    keys = {*SHAPES, *NAMED, GREY, *document}
    assert isinstance(document["marks"], list)
    keys |= {key for mark in document["marks"] for key in mark}
    return {
        "a hint file": keys,
        "the manifest": fields_of(Report),
        "the settings": fields_of(Settings),
        "samples": fields_of(Sampling),
        "a fingerprint": set(load_colorizer(Settings(str(tiny_weights)), "cpu").fingerprint()),
        "plan.json": fields_of(Plan),
        "survey.json": fields_of(Survey),
        "a finished piece": fields_of(Done),
        "a run's config": fields_of(RunConfig),
        "a run's crops": fields_of(CropConfig),
        "a run's fit": fields_of(FitConfig),
        "a run's losses": fields_of(LossConfig),
        "options": {
            option
            for command in main.commands.values()
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for option in (*parameter.opts, *parameter.secondary_opts)
        },
        "public names": set(chromafield.__all__),
        "the hint network's weights": parts_of(create_hint_network()),
        "the vae's weights": parts_of(vae.build(vae.Config())),
        "lite-unet's weights": parts_of(create_model("lite-unet")),
    }


def parts_of(model: object) -> set[str]:
    state = model.state_dict()  # type: ignore[attr-defined]
    return {key.partition(".")[0] for key in state}


@pytest.mark.parametrize("where", STORED)
def test_no_stored_word_is_lost(where: str, there: dict[str, set[str]]) -> None:
    assert set(STORED[where].split()) - there[where] == set()


def test_names_that_weight_files_carry_stay() -> None:
    assert ENTRY == "chromafield" and HINT_NETWORK == "listener"
    for name in ("vae", "structure", "mdn", "listener"):
        assert read_weights(shipped_path(name))[0] == name
    assert callable(Colorizer.colour) and issubclass(AlreadyColour, ChromafieldError)


# Words that said too many things, and what the field says in their place: see the names that came.
LEFT = {
    *("told", "tell", "tells", "said", "ask", "asked", "asks", "answer", "answers", "answered"),
    *("listener", "listen", "listens", "hear", "heard", "ear", "hinted"),
    *("carry", "carrier", "carried", "finisher", "finishes", "lift", "lifted", "lifts"),
    *("tie", "ties", "tied", "silent", "clash", "clashes", "propose", "opinion", "opinions"),
    *("looked", "shelf", "doubt", "unsure", "clueless", "travel", "steady", "usual", "room"),
    *("colour", "colours", "coloured", "colouring", "joint", "placed", "painter", "peek"),
}
PACKAGES = (
    *("hints", "canvas", "sampling", "colorizer", "models", "fields", "beliefs", "color"),
    *("image", "film", "train", "cli", "evaluate", "papers", "data", "benchmark"),
    *("study", "datasets", "metrics", "reference", "views", "propagation", "jobs", "batch"),
    "remote",
)
# Stored words, public names, and names of others.
KEPT = {
    *("told", "asked", "steady", "in_colour", "listener"),  # keys of files and of programs
    *("colour", "colours", "AlreadyColour", "leading_colours"),  # weights, and public names
    *("tell", "LOG_LEVEL_SILENT", "Listener"),  # a file's own method; OpenCV's; numba's
}


def names_in(path: Path) -> set[str]:
    tokens = tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


def test_names_are_the_fields_own_words() -> None:
    files = [*SRC.glob("*.py"), *(path for one in PACKAGES for path in (SRC / one).rglob("*.py"))]
    assert len(files) > 250
    found = {
        name: path.relative_to(SRC).as_posix()
        for path in files
        for name in names_in(path) - KEPT
        if LEFT & {word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
    }
    assert found == {}
