"""What every model promises; a new file in models/ is tested the moment it exists."""

import functools
import importlib
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from chromafield.beliefs import (
    Belief,
    ChannelBeliefs,
    GaussianBelief,
    LabelBelief,
    Proposal,
    as_gaussian,
)
from chromafield.errors import BadValue, UnknownName
from chromafield.models import (
    create_model,
    default_loss,
    describe_model,
    knows_imagenet,
    list_models,
)
from chromafield.models.abilities import LOSS, DescribesPictures, HasLoss

every_model = pytest.mark.parametrize("name", list_models())
SIZES = [(17, 23), (1, 1), (33, 64), (2, 40)]


def module_of(name: str) -> ModuleType:
    return importlib.import_module(f"chromafield.models.{name.replace('-', '_')}")


def told(name: str, belief: Belief) -> list[Tensor]:
    """The outputs that depend on the picture: all, but for what the model makes an exception of."""
    outs = outputs(belief)
    if "precision" in getattr(module_of(name), "EXCEPTIONS", {}):
        assert isinstance(belief, GaussianBelief)
        return outs[:1]
    return outs


def fresh(name: str, seed: int = 0) -> nn.Module:
    """A model with the weights of a seed."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return create_model(name)


@functools.cache
def ready(name: str) -> nn.Module:
    """One model for all tests that only ask.

    Its norms know the statistics of some noise: without them each layer is fainter than the one
    before, and no answer would depend on the question by much.
    """
    model = fresh(name).train().requires_grad_(False)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # take the first batch's statistics whole
    model(lightness(4, 64, 64, seed=9))
    return model.eval()


def lightness(batch: int, h: int, w: int, seed: int = 0) -> Tensor:
    return 100 * torch.rand(batch, 1, h, w, generator=torch.Generator().manual_seed(seed))


def outputs(belief: Belief) -> list[Tensor]:
    """Every tensor that a belief answers with."""
    match belief:
        case GaussianBelief():
            return [belief.mean, belief.precision]
        case LabelBelief():
            return [belief.energy]
        case Proposal():
            beside = [] if belief.channels is None else outputs(belief.channels)
            return outputs(belief.gaussian) + outputs(belief.labels) + beside
        case ChannelBeliefs():
            return outputs(belief.a) + outputs(belief.b)


def channels_of(belief: Belief) -> list[int]:
    match belief:
        case GaussianBelief():
            return [2, 1]
        case LabelBelief():
            return [len(belief.palette)]
        case Proposal():
            return [2, 1, len(belief.labels.palette)]
        case ChannelBeliefs():
            return [len(belief.a.palette), len(belief.b.palette)]


@every_model
def test_it_says_in_a_line_what_it_is(name):
    assert 20 < len(describe_model(name)) < 120


@every_model
@pytest.mark.parametrize(("h", "w"), SIZES)
def test_any_size_gets_a_grid_of_its_stride_rounded_up(name, h, w):
    stride = module_of(name).STRIDE
    belief = ready(name)(lightness(2, h, w))
    assert isinstance(belief, Belief)
    assert [out.shape[1] for out in outputs(belief)] == channels_of(belief)
    for out in outputs(belief):
        assert (out.shape[0], *out.shape[2:]) == (2, -(-h // stride), -(-w // stride))
        assert out.dtype == torch.float32 and out.isfinite().all()
    assert (as_gaussian(belief).precision > 0).all()


@every_model
@pytest.mark.parametrize("level", [0.0, 100.0])
def test_flat_black_and_flat_white_are_answered(name, level):
    for out in outputs(ready(name)(torch.full((1, 1, 32, 32), level))):
        assert out.isfinite().all()


@every_model
def test_a_batch_is_its_items(name):
    seen = lightness(3, 33, 40)
    together = ready(name)(seen)
    mean = as_gaussian(together).mean
    assert (mean[0] - mean[1]).abs().max() > 0.5  # or agreement would prove nothing
    for i in range(3):
        for one, all_of in zip(
            outputs(ready(name)(seen[i : i + 1])), outputs(together), strict=True
        ):
            torch.testing.assert_close(one[0], all_of[i], rtol=0, atol=5e-3)


@every_model
def test_asking_twice_gives_the_same_answer_and_leaves_the_question_alone(name):
    seen = lightness(2, 32, 32)
    first, second = ready(name)(seen), ready(name)(seen)
    assert all(map(torch.equal, outputs(first), outputs(second)))
    assert torch.equal(seen, lightness(2, 32, 32))


@every_model
def test_different_pictures_get_different_answers(name):
    first, second = (ready(name)(lightness(1, 32, 32, seed)) for seed in (1, 2))
    for one, other in zip(told(name, first), told(name, second), strict=True):
        assert not torch.equal(one, other)


@every_model
def test_every_weight_gets_a_gradient_from_all_outputs_together(name):
    model = fresh(name).train()
    random = torch.Generator().manual_seed(1)
    loss = torch.zeros(())
    for out in outputs(model(lightness(2, 64, 96))):
        loss = loss + (out * torch.rand(out.shape, generator=random)).sum()
    loss.backward()
    weights = dict(model.named_parameters())
    beside = getattr(module_of(name), "EXCEPTIONS", {}).get("gradient", "").rpartition(": ")[2]
    asked = {n: p for n, p in weights.items() if not beside or n.partition(".")[0] != beside}
    assert [n for n, p in asked.items() if p.grad is None or not p.grad.any()] == []
    assert [n for n, p in asked.items() if not p.grad.isfinite().all()] == []


@every_model
def test_a_model_that_takes_anothers_state_gives_its_answers(name):
    one, other = fresh(name, 1).eval(), fresh(name, 2).eval()
    seen = lightness(2, 17, 23)
    with torch.no_grad():
        before = told(name, other(seen))
        other.load_state_dict(one.state_dict(), strict=True)
        expected = told(name, one(seen))
        got = told(name, other(seen))
    assert all(map(torch.equal, got, expected))
    assert not any(map(torch.equal, got, before))


@every_model
def test_weights_follow_from_the_seed(name):
    one, again, other = (fresh(name, seed).state_dict() for seed in (4, 4, 5))
    assert all(map(torch.equal, one.values(), again.values()))
    assert not all(map(torch.equal, one.values(), other.values()))


@every_model
def test_an_unknown_option_is_answered_with_the_known_ones(name):
    with pytest.raises(BadValue) as caught:
        create_model(name, colour_of_the_wind=3)
    assert str(caught.value).startswith(f"{name} has no option 'colour_of_the_wind'. It has: ")


def test_an_unknown_model_is_answered_with_the_known_ones():
    with pytest.raises(UnknownName) as caught:
        create_model("caffe")
    known = ", ".join(list_models())
    assert str(caught.value) == f"No model named 'caffe'. There are: {known}."


def test_the_default_model_is_there():
    assert "lite-unet" in list_models()


# An ability that a file has is one that the package finds, by its protocol and by nothing else.
@every_model
def test_abilities_are_found_by_their_protocols(name: str) -> None:
    build = module_of(name).build
    assert isinstance(build, HasLoss) is hasattr(build, "loss")
    assert default_loss(name) == (build.loss if hasattr(build, "loss") else LOSS)
    assert knows_imagenet(name) is hasattr(build, "start_from_imagenet")
    if isinstance(ready(name), DescribesPictures):
        maps = ready(name).describe(lightness(1, 64, 64))
        assert maps and all(m.shape[0] == 1 and m.shape[2] <= maps[0].shape[2] for m in maps)
    if knows_imagenet(name):
        assert any(key.startswith("encoder.") for key in ready(name).state_dict())
