"""The frames of a shot in colour, one after the other."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from numpy.typing import NDArray
from torch import Tensor

from ..beliefs import GaussianBelief, grid_of
from ..canvas.canvas import Canvas
from ..colorizer.colorizer import Colorizer
from ..colorizer.loading import load_colorizer
from ..fields import takes_vividness
from .chroma import Coding, Plane, added, as_bytes, grey_chroma, paint, small_lightness
from .clock import Clock
from .evenness import mean_chroma, shot_chroma
from .exposure import DARK, FULL_LIGHT, MIN_SHARE, Light, ends, lights, quantiles_of
from .frames import Frames
from .key_frames import KeyFrame, key_frames_at
from .levels import chroma_of, coding_of, luma_of, made_frame, same_frame
from .like_scene import found_in
from .looks import Look
from .motion import shrunk
from .propagate import FrameColors, ShotColors, frame_colors, propagate
from .references import read_reference, references_of
from .restore import Light as Swing
from .restore import even, without_dust
from .settings import Plan
from .survey import Piece
from .temporal import TemporalColors

KEPT = 16  # key frames whose colours stay at hand
ALMOST = 0.9  # share of light from which a frame tells its shot's chroma


@dataclass(frozen=True, slots=True)
class Ready:
    """A frame prepared for the network."""

    number: int
    frame: Any  # av.VideoFrame
    coding: Coding
    luma: Plane  # as it is written
    seen: Plane  # as the network sees it
    passes: bool  # its shot has colours and keeps them
    light: Light = FULL_LIGHT  # how much of its light it has
    look: Look | None = None  # the ways to frames before, where those count


class FilmColorizer:
    """Colorizes a film piece by piece; the pieces of one shot must come in order."""

    def __init__(
        self, plan: Plan, colorizer: Colorizer, frames: Frames, time_base: float, batch: int
    ) -> None:
        self.plan, self.colorizer, self.frames, self.batch = plan, colorizer, frames, batch
        self.clock = Clock()
        self.steady = TemporalColors(plan.memory, self.clock)
        self.time_base = time_base
        self.keys = key_frames_at(plan, frames.survey, time_base)
        self.references = references_of(plan, frames.survey)
        drawn = [number for number, key in self.keys.items() if key.draws]
        self.given = sorted({*drawn, *self.references})  # frames that colours are given to
        self.given_to = functools.lru_cache(KEPT)(self._given_to)
        self.at_hand: tuple[int, Colorizer, ShotColors] | None = None  # of the shot at hand
        self.lights: tuple[int, tuple[Light, ...]] | None = None  # and its frames' light
        self.kept_as_is = 0  # frames that had colours and kept them
        self.dissolved = {} if plan.recolor else dict(frames.survey.dissolved)

    def frames_in_color(self, piece: Piece) -> Iterator[tuple[int, Any]]:
        """The piece's frames and their numbers."""
        shot = self.frames.survey.shot(piece.shot)
        if piece.first == shot.start:
            self.steady.cut()
        self.steady.looks.see_next()  # so that a piece does not depend on where work is divided
        colorizer, given = self._of_shot(piece.shot)
        exact = bool(given) or colorizer is not self.colorizer  # a person gave these colours
        if self.plan.steady and not exact:
            self.steady.even.target = self._chroma_of(shot)
        for first in range(piece.first, piece.first + piece.count, self.batch):
            numbers = range(first, min(first + self.batch, piece.first + piece.count))
            with self.clock.runs("decode"):
                ready = [self._made_ready(number) for number in numbers]
            ready = [self._with_look(one, colorizer) for one in ready]
            with self.clock.runs("network"):
                seen = [one for one in ready if self._needs_network(one)]
                canvases = dict(
                    zip((one.number for one in seen), self._canvases(colorizer, seen), strict=True)
                )
            for one in ready:
                if one.passes:
                    self.kept_as_is += 1
                    yield one.number, same_frame(one.frame, one.coding)
                else:
                    canvas = canvases.get(one.number) or self._brought(one, colorizer)
                    yield one.number, self._made(one, canvas, given.on(one.number))

    def pictured(self, number: int) -> NDArray[np.uint8]:
        """One frame alone in colour, (h, w, 3) sRGB."""
        colorizer, given = self._of_shot(self.frames.survey.shot_of(number))
        self.steady.cut()
        one = self._made_ready(number)
        if one.passes:
            made = same_frame(one.frame, one.coding)
        else:
            one = self._with_look(one, colorizer)
            (canvas,) = self._canvases(colorizer, [one])
            made = self._made(one, canvas, given.on(number))
        return np.asarray(made.to_ndarray(format="rgb24"), np.uint8)

    def _needs_network(self, one: Ready) -> bool:
        """Whether the frame goes through the network; a dim frame takes the shot's last colours."""
        if one.passes or one.light.is_empty or (one.look is not None and one.look.to_seen):
            return False
        return not (self.plan.steady and one.light.is_dim and self.steady.held is not None)

    def _with_look(self, one: Ready, colorizer: Colorizer) -> Ready:
        """The frame with the ways to those before, where their colours count for it."""
        steady = self.plan.steady and not one.light.is_dim and one.number not in self.dissolved
        if not steady or one.passes or one.light.is_empty:
            return one
        carries = one.light.is_full and takes_vividness(colorizer.settings.field)
        luma = as_bytes(one.seen, one.coding.depth)
        return replace(one, look=self.steady.looks.next(luma, carries))

    def _brought(self, one: Ready, colorizer: Colorizer) -> Canvas | None:
        """A canvas of a frame that the network does not see; None where nothing is brought."""
        lightness = one.coding.lightness(one.seen).to(colorizer.device)
        return self.steady.bring(lightness, colorizer.field, one.look)

    def _made(self, one: Ready, canvas: Canvas | None, given: FrameColors | None) -> Any:
        ab = self._decided(one, canvas, given)
        with self.clock.runs("paint"):
            if ab is None:
                return made_frame(one.luma, grey_chroma(one.luma, one.coding), one.coding.depth)
            luma = one.luma if one.light.is_full else one.seen
            strength = self.plan.settings.strength
            if self.plan.steady:
                strength *= self.steady.even.gain_for(ab)
            if given is not None:
                ab = given.over(ab, small_lightness(luma, one.coding))
            chroma = one.light.painted(paint(luma, strength * ab, one.coding), one.coding)
            if one.number in self.dissolved:
                own = chroma_of(same_frame(one.frame, one.coding), one.coding)
                chroma = added(own, chroma, self.dissolved[one.number], one.coding)
            return made_frame(one.luma, chroma, one.coding.depth)

    def _decided(
        self, one: Ready, canvas: Canvas | None, given: FrameColors | None
    ) -> Float[Tensor, "1 2 h w"] | None:
        """The full frame's colours; None of one that shows nothing."""
        if one.light.is_empty:
            return None
        if canvas is None:
            return self.steady.held
        given_beliefs: tuple[GaussianBelief, ...] = ()
        if given is not None:
            given_beliefs = (given.belief(grid_of(canvas.belief)).to(canvas.lightness),)
        if one.look is not None:
            light = one.light.share
            return self.steady.decide(canvas, one.look, *given_beliefs, light=light)
        with self.clock.runs("field"):
            return canvas.solve(*given_beliefs)

    @staticmethod
    def _canvases(colorizer: Colorizer, ready: list[Ready]) -> list[Canvas]:
        if not ready:
            return []
        return colorizer.canvases_of(torch.cat([one.coding.lightness(one.seen) for one in ready]))

    def _made_ready(self, number: int) -> Ready:
        frame = self.frames[number].frame
        coding = coding_of(frame)
        luma = luma_of(frame, coding)
        survey = self.frames.survey
        in_colour = not self.plan.recolor and survey.in_colour[survey.shot_of(number)]
        passes = in_colour or self.plan.keeps(survey.times[number] * self.time_base)
        if passes:
            return Ready(number, frame, coding, luma, luma, passes)
        light = self._light(number, coding)
        if self.plan.clean == "none":
            return Ready(number, frame, coding, luma, light.shown(luma, coding), passes, light)
        seen = self._cleaned(number, luma, coding)
        kept = seen if self.plan.clean == "output" else luma
        return Ready(number, frame, coding, kept, light.shown(seen, coding), passes, light)

    def _chroma_of(self, shot: range) -> float | None:
        """The shot's mean chroma, of its frames at full light where there are such."""
        coding = coding_of(self.frames[shot.start].frame)
        asked = [pair for pair in self.frames.survey.asked if pair[0] in shot]
        full = [pair for pair in asked if self._light(pair[0], coding).share > ALMOST]
        return shot_chroma(full or asked, shot)

    def _light(self, number: int, coding: Coding) -> Light:
        """The frame's share of its shot's light."""
        shot = self.frames.survey.shot(self.frames.survey.shot_of(number))
        if self.lights is None or self.lights[0] != shot.start:
            quantiles = self.frames.survey.quantiles[shot.start : shot.stop]
            self.lights = (shot.start, lights(quantiles, coding.full))
        return self.lights[1][number - shot.start]

    def _cleaned(self, number: int, luma: Plane, coding: Coding) -> Plane:
        survey = self.frames.survey
        shot = survey.shot(survey.shot_of(number))
        swing = Swing(survey.levels[shot.start : shot.stop])

        def evened(n: int, plane: Plane) -> Plane:
            return even(plane, swing.gain(n - shot.start, 0 if coding.full else 16), coding)

        now = evened(number, luma)
        if number - 1 not in shot or number + 1 not in shot:
            return now
        before, after = (
            evened(n, luma_of(self.frames[n].frame, coding)) for n in (number - 1, number + 1)
        )
        return without_dust(before, now, after, coding.depth)

    def _of_shot(self, number: int) -> tuple[Colorizer, ShotColors]:
        """The shot's own reference and palette, and what its frames are given."""
        if self.at_hand is None or self.at_hand[0] != number:
            keys = self._keys_of(self.frames.survey.shot(number).start)
            self.at_hand = (number, self._with_settings(keys), self._given_in(number))
        return self.at_hand[1:]

    def _with_settings(self, keys: tuple[KeyFrame, ...]) -> Colorizer:
        """The colorizer with the reference and the palette that the shot's key frames name."""
        own: dict[str, Any] = {}
        for key in keys:
            own |= key.hints.resolved_settings()
        if not own:
            return self.colorizer
        settings = replace(self.colorizer.settings, **own)
        return load_colorizer(settings, self.colorizer.device, self.colorizer.trained)

    def _given_in(self, number: int) -> ShotColors:
        """What the frames of a shot are given, by its own keys or those of a shot like it."""
        shot = self.frames.survey.shot(number)
        small = functools.cache(self._small)
        keys = {n: self.given_to(n) for n in self.given if n in shot}
        if not keys and (others := [n for n in self.given if self._reaches(n, shot)]):
            with self.clock.runs("flow"):
                found = found_in(shot, others, small)
            if found is not None:
                frame, key, motion = found
                keys[frame] = self.given_to(key).along(motion)
        with self.clock.runs("flow"):
            return propagate(keys, shot, small, self.plan.direction)

    def _reaches(self, key: int, shot: range) -> bool:
        """Whether the direction allows the key's colours in another shot."""
        return self.plan.direction in ("both", "forward" if key < shot.start else "back")

    def _given_to(self, number: int) -> FrameColors:
        """What a key frame is given, by its reference, its hints or both."""
        one = self._made_ready(number)
        found: list[FrameColors] = []
        if number in self.references:
            found.append(
                read_reference(
                    self.references[number],
                    one.luma.shape[:2],
                    lambda: one.coding.lightness(one.luma),
                )
            )
        if number in self.keys and self.keys[number].draws:
            colorizer = self._with_settings(self._keys_of(number))
            (canvas,) = self._canvases(colorizer, [one])
            lightness = small_lightness(one.luma, one.coding)
            hints = self.keys[number].hints
            found.append(frame_colors(canvas, colorizer.propagator(canvas), hints, lightness))
        return found[0] if len(found) == 1 else found[1].before(found[0])

    def _keys_of(self, frame: int) -> tuple[KeyFrame, ...]:
        """The key frames with hints in the shot of a frame."""
        survey = self.frames.survey
        shot = survey.shot(survey.shot_of(frame))
        return tuple(key for n, key in self.keys.items() if n in shot)

    def _small(self, number: int) -> NDArray[np.uint8]:
        one = self._made_ready(number)
        return shrunk(as_bytes(one.seen, one.coding.depth))


@torch.inference_mode()
def chroma_alone(colorizer: Colorizer, frame: Any) -> float:
    """The mean chroma of a frame that is coloured alone."""
    coding = coding_of(frame)
    luma = luma_of(frame, coding)
    black, white = ends(coding.full)
    bright = quantiles_of(as_bytes(luma, coding.depth))[-1] - black
    share = min(max(bright / (DARK * (white - black)), MIN_SHARE), 1.0)
    seen = Light(share).shown(luma, coding)
    return mean_chroma(colorizer.canvas_of(coding.lightness(seen)).solve())
