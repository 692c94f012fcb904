"""One contract for all fields; a new file in fields/ is tested the moment it exists."""

from __future__ import annotations

import importlib
import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chromafield.beliefs import (
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    labels_to_gaussian,
    marginals,
    multiply,
)
from chromafield.color.palette import gamut_cells
from chromafield.errors import BadValue, SolveError, UnknownName
from chromafield.fields import (
    FollowingField,
    Guided,
    Result,
    Solution,
    create_field,
    describe_field,
    list_fields,
    takes_vividness,
)
from chromafield.propagation.refine import refines_hints


def labels(seed: int, b: int = 1, h: int = 3, w: int = 4) -> LabelBelief:
    random = torch.Generator().manual_seed(seed)
    palette = gamut_cells()
    return LabelBelief(3 * torch.randn(b, len(palette), h, w, generator=random), palette)


def guide_of(seed: int, b: int = 1, h: int = 3, w: int = 4) -> torch.Tensor:
    """Lightness that binds most neighbours: steps of a third of a unit on average."""
    return 50 + torch.rand(b, 1, h, w, generator=torch.Generator().manual_seed(seed))


def beliefs(seed: int, b: int = 1, h: int = 3, w: int = 4) -> dict[str, Belief]:
    random = torch.Generator().manual_seed(seed)
    gaussian = GaussianBelief(
        30 * torch.randn(b, 2, h, w, generator=random), torch.rand(b, 1, h, w, generator=random)
    )
    joint = labels(seed, b, h, w)
    return {
        "gaussian": gaussian,
        "labels": joint,
        "channels": marginals(joint),
        "proposal": Proposal(gaussian, joint),
    }


@pytest.mark.parametrize("kind", ["gaussian", "labels", "channels", "proposal"])
@pytest.mark.parametrize("name", list_fields())
def test_every_field_takes_every_belief(name: str, kind: str) -> None:
    belief = beliefs(0, b=2)[kind]
    field = create_field(name)
    solution = field.infer(field.prepare(guide_of(0, b=2)), belief)
    assert solution.unwrap().shape == (2, 2, 3, 4)
    assert solution.value.abs().max() <= 150


@pytest.mark.parametrize("kind", ["gaussian", "labels", "channels"])
@pytest.mark.parametrize("name", list_fields())
def test_double_precision_goes_in_and_comes_out(name: str, kind: str) -> None:
    belief = beliefs(1)[kind]
    match belief:
        case GaussianBelief():
            belief = GaussianBelief(belief.mean.double(), belief.precision.double())
        case LabelBelief():
            belief = LabelBelief(belief.energy.double(), belief.palette.double())
        case ChannelBeliefs():
            a, b = belief.a, belief.b
            belief = ChannelBeliefs(
                LabelBelief(a.energy.double(), a.palette.double()),
                LabelBelief(b.energy.double(), b.palette.double()),
            )
    field = create_field(name)
    assert field.infer(field.prepare(guide_of(1).double()), belief).unwrap().dtype == torch.float64


@pytest.mark.parametrize("name", list_fields())
def test_guides_of_any_number_of_channels(name: str) -> None:
    field = create_field(name)
    for channels in (1, 3, 16):
        prepared = field.prepare(torch.rand(1, channels, 3, 4))
        field.infer(prepared, labels(1)).unwrap()


@pytest.mark.parametrize("name", list_fields())
def test_a_batch_equals_its_items(name: str) -> None:
    field = create_field(name)
    guide, belief = guide_of(2, b=2), labels(2, b=2)
    together = field.infer(field.prepare(guide), belief).unwrap()
    for i in range(2):
        one = LabelBelief(belief.energy[i : i + 1], belief.palette)
        alone = field.infer(field.prepare(guide[i : i + 1]), one).unwrap()
        torch.testing.assert_close(alone[0], together[i], atol=1e-3, rtol=0)


def that_hold(clause: str) -> list[str]:
    """The fields that do not list the clause among their exceptions."""
    modules = {name: importlib.import_module(home(name)) for name in list_fields()}
    return [n for n, module in modules.items() if clause not in getattr(module, "EXCEPTIONS", {})]


def home(name: str) -> str:
    return f"chromafield.fields.{name.replace('-', '_')}"


@pytest.mark.parametrize("name", that_hold("mirror"))
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_mirrored_belief_gives_the_mirrored_answer(name: str, seed: int) -> None:
    field = create_field(name)
    belief, guide = labels(seed), guide_of(seed)
    plain = field.infer(field.prepare(guide), belief).unwrap()
    mirrored = LabelBelief(belief.energy.flip(-1), belief.palette)
    flipped = field.infer(field.prepare(guide.flip(-1)), mirrored).unwrap()
    torch.testing.assert_close(flipped.flip(-1), plain, atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", list_fields())
def test_a_constant_added_to_all_energies_changes_nothing(name: str) -> None:
    field, belief = create_field(name), labels(4)
    shifted = LabelBelief(belief.energy + 7, belief.palette)
    guide = guide_of(4)
    plain = field.infer(field.prepare(guide), belief).unwrap()
    same = field.infer(field.prepare(guide), shifted).unwrap()
    torch.testing.assert_close(same, plain, atol=1e-3, rtol=0)


@pytest.mark.parametrize("name", that_hold("shift"))
def test_a_step_of_all_colours_is_a_step_of_the_answer(name: str) -> None:
    belief, step = labels(5), torch.tensor([3.0, -5.0])
    moved = LabelBelief(belief.energy, belief.palette + step)
    field, guide = create_field(name), guide_of(5)
    plain = field.infer(field.prepare(guide), belief).unwrap()
    shifted = field.infer(field.prepare(guide), moved).unwrap()
    torch.testing.assert_close(shifted, plain + step[:, None, None], atol=0.05, rtol=0)


@pytest.mark.parametrize("name", list_fields())
def test_a_vivid_belief_moves_the_fields_that_decide_on_the_mean(name: str) -> None:
    field, guide = create_field(name), guide_of(6)
    joint = labels(6)
    plain = Proposal(labels_to_gaussian(joint), joint, marginals(joint))
    vivid = replace(plain, gaussian=replace(plain.gaussian, mean=2 * plain.gaussian.mean))
    answers = [field.infer(field.prepare(guide), belief).unwrap() for belief in (plain, vivid)]
    assert torch.equal(*answers) is not takes_vividness(name)


@pytest.mark.parametrize("name", that_hold("silence"))
def test_a_picture_of_which_nothing_is_known_is_an_error(name: str) -> None:
    silent = GaussianBelief(torch.zeros(1, 2, 3, 4), torch.zeros(1, 1, 3, 4))
    field = create_field(name)
    with pytest.raises(SolveError):
        field.infer(field.prepare(guide_of(0)), silent).unwrap()


def test_every_exception_names_a_clause_and_gives_a_reason() -> None:
    for name in list_fields():
        given = getattr(importlib.import_module(home(name)), "EXCEPTIONS", {})
        assert set(given) <= {"mirror", "certain", "shift", "silence", "vividness"}
        assert all(len(reason) > 20 for reason in given.values())


@pytest.mark.parametrize("name", that_hold("certain"))
def test_a_certain_belief_is_obeyed(name: str) -> None:
    palette = gamut_cells()
    wanted = torch.randint(len(palette), (1, 3, 4))
    energy = torch.full((1, len(palette), 3, 4), 200.0).scatter(1, wanted[:, None], 0.0)
    field = create_field(name)
    got = field.infer(field.prepare(torch.rand(1, 1, 3, 4)), LabelBelief(energy, palette)).unwrap()
    torch.testing.assert_close(got, palette[wanted].movedim(-1, 1), atol=1e-3, rtol=0)


def test_every_field_has_a_line_and_an_oracle() -> None:
    from pathlib import Path

    for name in list_fields():
        assert len(describe_field(name)) > 20
        assert (Path(__file__).parent / f"test_{name.replace('-', '_')}.py").exists()


def test_an_unknown_field_lists_those_there_are() -> None:
    with pytest.raises(UnknownName) as caught:
        create_field("pots")
    assert str(caught.value) == f"No field named 'pots'. There are: {', '.join(list_fields())}."


def test_an_unknown_option_lists_those_there_are() -> None:
    with pytest.raises(BadValue, match="mean has no option 'width'. It has: grid"):
        create_field("mean", width=3)


def test_what_did_not_converge_is_no_picture() -> None:
    value = torch.zeros(1, 2, 1, 1)
    with pytest.raises(SolveError, match="step limit.*9 steps"):
        Solution(value, Result.STEP_LIMIT, steps=9).unwrap()
    with pytest.raises(SolveError, match="NaN"):
        Solution(value / 0).unwrap()
    assert isinstance(marginals(labels(0)), ChannelBeliefs)


@pytest.mark.parametrize("name", list_fields())
def test_abilities_are_found_by_their_protocols(name: str) -> None:
    field = create_field(name)
    assert isinstance(field, Guided) is hasattr(field, "guide")
    assert refines_hints(field) is hasattr(field, "refines_hints")
    assert isinstance(field, FollowingField) is hasattr(field, "follow")
    if isinstance(field, Guided):
        assert field.guide == "embedding"


# What is no number is refused by every field in a sentence; what has a meaning keeps it.
def hurt_belief(kind: str) -> Belief:
    """A belief with one cell that is none."""
    gaussian, joint = beliefs(7)["gaussian"], labels(7)
    assert isinstance(gaussian, GaussianBelief)
    mean, precision = gaussian.mean.clone(), gaussian.precision.clone() + 0.01
    energy = joint.energy.clone()
    match kind:
        case "precision NaN":
            precision[..., 1, 2] = math.nan
        case "precision below 0":
            precision[..., 1, 2] = -0.01
        case "mean NaN":
            mean[0, 1, 1, 2] = math.nan
        case "mean infinite":
            mean[0, 0, 1, 2] = math.inf
        case "mean no colour":
            mean[0, 0, 1, 2] = 1e6
        case "energies NaN":
            energy[..., 1, 2] = math.nan
        case "one energy NaN":
            energy[0, 17, 1, 2] = math.nan
        case "nothing possible":
            energy[..., 1, 2] = math.inf
        case "energy minus infinity":
            energy[0, 17, 1, 2] = -math.inf
    if "energ" in kind or "possible" in kind:
        return LabelBelief(energy, joint.palette)
    return GaussianBelief(mean, precision)


HURT = {
    "precision NaN": "precision is NaN or below 0 in 1 of 12 cells",
    "precision below 0": "precision is NaN or below 0 in 1 of 12 cells",
    "mean NaN": "mean is no colour in 1 of 12 cells",
    "mean infinite": "mean is no colour in 1 of 12 cells",
    "mean no colour": "mean is no colour in 1 of 12 cells",
    "energies NaN": "no probabilities in 1 of 12 cells",
    "one energy NaN": "no probabilities in 1 of 12 cells",
    "nothing possible": "no probabilities in 1 of 12 cells",
    "energy minus infinity": "no probabilities in 1 of 12 cells",
}


@pytest.mark.parametrize("kind", HURT)
@pytest.mark.parametrize("name", list_fields())
def test_a_belief_that_is_none_is_refused(name: str, kind: str) -> None:
    field, belief = create_field(name), hurt_belief(kind)
    with pytest.raises(BadValue, match=HURT[kind]):
        field.infer(field.prepare(guide_of(7)), belief)
    if isinstance(belief, GaussianBelief):
        with pytest.raises(BadValue, match=HURT[kind]):
            field.infer(field.prepare(guide_of(7)), Proposal(belief, labels(7)))
    else:
        gaussian = beliefs(7)["gaussian"]
        assert isinstance(gaussian, GaussianBelief) and isinstance(belief, LabelBelief)
        with pytest.raises(BadValue, match=HURT[kind]):
            field.infer(field.prepare(guide_of(7)), Proposal(gaussian, belief))


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", list_fields())
def test_a_guide_that_is_none_is_refused(name: str, channels: int, wrong: float) -> None:
    guide = torch.rand(1, channels, 3, 4)
    guide[0, channels - 1, 1, 2] = wrong
    with pytest.raises(BadValue, match="guide has a NaN or an infinity in 1 of 12 cells"):
        create_field(name).prepare(guide)


@pytest.mark.parametrize("unread", [math.nan, math.inf, 1e6])
@pytest.mark.parametrize("name", list_fields())
def test_a_mean_of_no_precision_is_not_read(name: str, unread: float) -> None:
    mean = 30 * torch.randn(1, 2, 3, 4, generator=torch.Generator().manual_seed(8))
    mean[..., 1, 2] = 0
    precision = torch.full((1, 1, 3, 4), 0.01)
    precision[..., 1, 2] = 0
    field = create_field(name)
    prepared = field.prepare(guide_of(8))
    plain = field.infer(prepared, GaussianBelief(mean, precision)).unwrap()
    other = mean.clone()
    other[..., 1, 2] = unread
    assert torch.equal(field.infer(prepared, GaussianBelief(other, precision)).unwrap(), plain)


@pytest.mark.parametrize("kind", ["gaussian", "proposal"])
@pytest.mark.parametrize("name", list_fields())
def test_infinite_precision_is_exactly_that_colour(name: str, kind: str) -> None:
    gaussian = GaussianBelief(torch.zeros(1, 2, 3, 4), torch.full((1, 1, 3, 4), 0.01))
    gaussian.mean[0, :, 1, 2] = torch.tensor([33.3, -12.7])
    gaussian.precision[..., 1, 2] = math.inf
    joint = multiply(labels(9), gaussian)
    assert isinstance(joint, LabelBelief)
    belief = gaussian if kind == "gaussian" else Proposal(gaussian, joint)
    field = create_field(name)
    got = field.infer(field.prepare(guide_of(9)), belief).unwrap()
    assert torch.equal(got[0, :, 1, 2], torch.tensor([33.3, -12.7]))
    assert got.abs().max() <= 150


@pytest.mark.parametrize("name", that_hold("silence"))
def test_a_belief_too_faint_for_double_precision_is_an_error(name: str) -> None:
    """1 + 1e-36 is 1, so what is known vanishes from the system."""
    faint = GaussianBelief(torch.ones(1, 2, 3, 4), torch.full((1, 1, 3, 4), 1e-40).double())
    field = create_field(name, **({"ridge": 0.0} if name == "gcrf" else {}))
    with pytest.raises(SolveError):
        field.infer(field.prepare(guide_of(0)), faint).unwrap()
