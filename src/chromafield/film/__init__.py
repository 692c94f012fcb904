"""Film: a black-and-white clip in, a steady coloured clip out, everything else untouched.

plan.py        how a film is coloured and written
source.py      what a file holds; sequence.py the same of numbered pictures
reading.py     its frames one by one, broken ones in their place; fields.py makes them whole
survey.py      one look through it: shots, times, faults; shots.py says where cuts are, toned.py
               which shots are in colour
timing.py      its rate and times; times.py and timecode.py read them as people write them
frames.py      frames by number
levels.py      a frame's luma as it is, and a new frame; chroma.py its two chroma planes
motion.py      how the last frame's colours moved
steady.py      colours that stay with things, shot by shot; evenness.py how much of them
exposure.py    fades and the dark: full light for the network, its own for the eye
clean.py       an even light and no dust, for the network's eyes
key_frames.py  hints with a time; travel.py carries them over their shot
colouring.py   frames in colour, one after the other
parts.py       what is done, so that a stopped run can go on
container.py   closed pieces, and pieces joined with sound and all the rest
streams.py     what is kept of a file beside its pictures; subtitles.py changes their kind
trial.py       what a kind of file can hold, tried before, and counted after
run.py         from file to file; work.py what is known meanwhile
preview.py     a frame of each shot on a sheet
check.py       frame by frame against steady, measured
"""

from ..errors import MissingExtra

try:
    import av  # noqa: F401
    import scenedetect  # noqa: F401
except ImportError as error:
    raise MissingExtra("Colouring film", "film") from error
