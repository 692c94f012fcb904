"""The photographs of a page as files of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import OutputError, PictureError
from ..image import read_picture, three_channels, write_picture
from ..image.pages import find_page, upright
from ..image.write import suffix_for


def crop_page(source: Path, folder: Path, overwrite: bool = False) -> list[Path]:
    """Write each photograph of a page, turned upright, into a folder.

    Returns:
        The files NAME-photo-1 and so on, in the order of reading.

    Raises:
        PictureError: the page cannot be read, or no photograph can be told from what lies around.
        OutputError: a file is there already, or the folder cannot be written.
    """
    picture = read_picture(source)
    page = find_page(picture.pixels)
    if page is None or not page.prints:
        raise PictureError(
            f"No photograph can be told from what lies around it in {source}. Crop it in a picture "
            "editor."
        )
    ending = suffix_for(source)
    names = [f"{source.stem}-photo-{k}{ending}" for k in range(1, len(page.prints) + 1)]
    written = [folder / name for name in names]
    if there := next((path for path in written if path.exists() and not overwrite), None):
        raise OutputError(f"{there} is there already. Use --overwrite, or name a folder with -o.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"The folder {folder} cannot be made ({error.strerror}).") from error
    for path, corners in zip(written, page.prints, strict=True):
        pixels = np.ascontiguousarray(three_channels(upright(picture.pixels, corners)))
        alpha = picture.alpha
        if alpha is not None:
            alpha = np.ascontiguousarray(upright(alpha, corners))
        own = replace(picture, pixels=pixels, alpha=alpha)
        write_picture(path, pixels, own, source=source)
    return written
