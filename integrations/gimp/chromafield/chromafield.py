#!/usr/bin/env python3
"""A plug-in for GIMP 3: the layer's colours as a layer of mode "LCh colour" above it.

Put this folder, with its name, into GIMP's folder of plug-ins, and let the file be executable.
GIMP's own Python needs no packages: the plug-in runs the command `chromafield`, which is installed
apart.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAME = "plug-in-chromafield-colorize"
MENU = "<Image>/Colors/Map"


def colored(grey: Path, command: str, options: Sequence[str] = ()) -> Path:
    """Colour a picture file by the command; the result lies beside it.

    Raises:
        RuntimeError: the command is not there, or refuses the picture: its sentence.
    """
    result = grey.with_name("coloured.png")
    words = [command, "colorize", str(grey), "-o", str(result), "--no-tag", *options]
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError as error:
        raise RuntimeError(
            f"The command {command} cannot be run ({error.strerror}). Install Chromafield, and "
            "name its command in the plug-in's dialogue."
        ) from error
    if done.returncode or not result.is_file():
        lines = done.stderr.strip().splitlines() or ["Chromafield ended without a result."]
        raise RuntimeError(lines[-1].removeprefix("Error: "))
    return result


def options_of(vividness: float, force: bool) -> list[str]:
    """The command's options."""
    return ["--vividness", f"{vividness:g}", *(["--force"] if force else [])]


def color_layer(gimp: Any, gio: Any, image: Any, layer: Any, command: str, words: list[str]) -> Any:
    """Put a layer with the colours above the layer; one step to undo.

    A grey image becomes RGB first: it has no coloured layers.
    """
    with tempfile.TemporaryDirectory() as folder:
        grey = Path(folder, "grey.png")
        gimp.progress_init("Colouring")
        alone = gimp.Image.new_with_precision(
            layer.get_width(), layer.get_height(), image.get_base_type(), image.get_precision()
        )
        alone.insert_layer(gimp.Layer.new_from_drawable(layer, alone), None, 0)
        gimp.file_save(gimp.RunMode.NONINTERACTIVE, alone, gio.File.new_for_path(str(grey)), None)
        alone.delete()
        gimp.progress_update(0.2)
        result = colored(grey, command, words)
        gimp.progress_update(0.9)
        image.undo_group_start()
        try:
            if image.get_base_type() == gimp.ImageBaseType.GRAY:
                image.convert_rgb()
            above = gimp.file_load_layer(
                gimp.RunMode.NONINTERACTIVE, image, gio.File.new_for_path(str(result))
            )
            above.set_name("Chromafield")
            above.set_mode(gimp.LayerMode.LCH_COLOR)
            image.insert_layer(above, layer.get_parent(), image.get_item_position(layer))
            _, x, y = layer.get_offsets()
            above.set_offsets(x, y)
        finally:
            image.undo_group_end()
    gimp.progress_end()
    gimp.displays_flush()
    return above


def plug_in(gi: Any) -> Any:
    """The class that GIMP asks, made of its own classes."""
    for name, version in (("Gimp", "3.0"), ("GimpUi", "3.0"), ("Gegl", "0.4")):
        gi.require_version(name, version)
    from gi.repository import Gimp, GimpUi, Gio, GLib, GObject

    def run(procedure: Any, mode: Any, image: Any, drawables: Any, config: Any, _data: Any) -> Any:
        def ended(status: Any, sentence: str = "") -> Any:
            error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), sentence, 0)
            return procedure.new_return_values(status, error if sentence else GLib.Error())

        if len(drawables) != 1 or not isinstance(drawables[0], Gimp.Layer):
            return ended(Gimp.PDBStatusType.CALLING_ERROR, "Choose one layer to be coloured.")
        if mode == Gimp.RunMode.INTERACTIVE:
            GimpUi.init(NAME)
            dialog = GimpUi.ProcedureDialog.new(procedure, config, "Colour with Chromafield")
            dialog.fill(None)
            agreed = dialog.run()
            dialog.destroy()
            if not agreed:
                return ended(Gimp.PDBStatusType.CANCEL)
        words = options_of(config.get_property("vividness"), config.get_property("force"))
        try:
            color_layer(Gimp, Gio, image, drawables[0], config.get_property("command"), words)
        except RuntimeError as error:
            return ended(Gimp.PDBStatusType.EXECUTION_ERROR, str(error))
        return ended(Gimp.PDBStatusType.SUCCESS)

    class Chromafield(Gimp.PlugIn):  # type: ignore[misc]
        def do_query_procedures(self) -> list[str]:
            return [NAME]

        def do_set_i18n(self, _name: str) -> bool:
            return False

        def do_create_procedure(self, name: str) -> Any:
            made = Gimp.ImageProcedure.new(self, name, Gimp.PDBProcType.PLUGIN, run, None)
            made.set_image_types("RGB*, GRAY*")
            made.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
            made.set_menu_label("Colour with _Chromafield...")
            made.add_menu_path(MENU)
            made.set_documentation(
                "Colour a black-and-white photograph",
                "Puts the colours above the layer, as a layer of mode LCh colour: lightness stays.",
                name,
            )
            made.set_attribution("Chromafield", "Chromafield", "2026")
            flags = GObject.ParamFlags.READWRITE
            made.add_string_argument("command", "_Command", "Its path", "chromafield", flags)
            made.add_double_argument("vividness", "_Vividness", "0 calm, 2 vivid", 0, 2, 1, flags)
            made.add_boolean_argument("force", "_Replace colours", "If it has some", False, flags)
            return made

    return Gimp, Chromafield


if __name__ == "__main__":
    import gi

    gimp, kind = plug_in(gi)
    gimp.main(kind.__gtype__, sys.argv)
