"""Film: a black-and-white clip in, a steady coloured clip out, everything else untouched.

settings.py    how a film is coloured and written
source.py      what a file holds; sequence.py the same of numbered pictures,
               animated.py of animated WebP
reading.py     its frames one by one, broken ones in their place; fields.py makes them whole
survey.py      one pass over all frames: shots, times, faults; shots.py finds the cuts, toned.py
               the shots in colour, dissolves.py where those become grey
shot_list.py   the shots as lists that people read and write
timing.py      its rate and times; times.py and timecode.py read them as people write them
frames.py      frames by number
levels.py      a frame's luma as it is, and a new frame; chroma.py its two chroma planes
motion.py      the motion from the last frame
temporal.py    colours that stay with objects, shot by shot; evenness.py holds their chroma,
               place.py those of the dark
exposure.py    fades and dark scenes: full light for the network, the frame's own in the result
restore.py     even light and no dust, for the network's input
key_frames.py  hints with a time; propagate.py propagates them over their shot
colorize.py    frames in colour, one after the other
work_folder.py finished pieces, so that a stopped run can go on
codecs.py      the codecs of a result; segment.py a piece in one of them
container.py   pieces joined with sound and all other streams
result.py      the result; pictures.py as numbered pictures, compare.py before and after in one
streams.py     the streams that are kept beside the pictures; subtitles.py converts subtitles
trial.py       a trial of what a kind of file can hold, and a count of the result's frames
run.py         from file to file; work.py holds what the workers share
preview.py     a frame of each shot on a sheet
"""

from ..errors import MissingExtra

try:
    import av  # noqa: F401
    import scenedetect  # noqa: F401
except ImportError as error:
    raise MissingExtra("Colouring film", "film") from error
