"""Melas-Kyriazi and Han: the comparisons of section 4, training's course, fields side by side."""
