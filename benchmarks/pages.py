"""How often a page is found in ordinary photographs: `pages.py PICTURES.zip ...`

The pictures are made grey. What is found is named, so that it can be looked at.
"""

from __future__ import annotations

import sys
import time
import zipfile

import cv2
import numpy as np

from chromafield.image.pages import find_page


def main(archives: list[str]) -> None:
    print("| archive | pictures | pages | looks like a page | ms each |\n|---|---|---|---|---|")
    for archive in archives:
        pages, unsure, count, took = [], [], 0, 0.0
        with zipfile.ZipFile(archive) as packed:
            for name in packed.namelist():
                grey = cv2.imdecode(np.frombuffer(packed.read(name), np.uint8), 0)
                if grey is None:
                    continue
                count += 1
                began = time.perf_counter()
                page = find_page(np.asarray(grey, np.uint8))
                took += time.perf_counter() - began
                if page is not None:
                    (pages if page.prints else unsure).append(name)
        each = 1000 * took / max(count, 1)
        print(f"| {archive} | {count} | {len(pages)} | {len(unsure)} | {each:.0f} |")
        print("\n".join(f"    {name}" for name in (*pages, *unsure)), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
