"""What can be trained: one file is one task.

A network of `models/` without a file of its own here is a colorizer, whose task is `colorizer.py`.
A file has a docstring whose first line says what is trained, and

    defaults   `Defaults`, what a run takes where no option is given, or a function of the name
               and its options that returns them
    IGNORES    why it does not take some flags, and which
    build      a run's config to its `Task`
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from ...errors import UnknownName
from ...models import describe_model, explain_model, hint_network, list_models, rivals, sampler
from ...plugins import Folder, Option
from ..config import RunConfig
from ..defaults import Defaults
from ..task import Task

COMMON = "colorizer"  # the file of networks that have none of their own
FILES = Folder(sys.modules[__name__], "task")
RIVALS = Folder(rivals, "task")
# Packages of networks that are no colorizers.
NETWORKS = (Folder(sampler, "task"), Folder(hint_network, "task"), RIVALS)


def list_tasks() -> list[str]:
    """The names of all that can be trained, without importing any."""
    return sorted({*list_models(), *_own()})


def describe_task(name: str) -> str:
    """What is trained, in a line.

    Raises:
        UnknownName: nothing of that name can be trained.
    """
    if name in list_models():
        return describe_model(name)
    _file(name)
    return (RIVALS if name in RIVALS.names() else FILES).summary(name)


def explain_task(name: str) -> list[Option]:
    """Its options with their defaults and what they mean.

    Raises:
        UnknownName: nothing of that name can be trained.
    """
    if name in list_models():
        return explain_model(name)
    _file(name)
    return next((p for p in NETWORKS if name in p.names()), FILES).explain(name)


def create_task(config: RunConfig) -> Task:
    """The task of the config's name.

    Raises:
        UnknownName: nothing of that name can be trained.
    """
    task: Task = task_file(config.model).build(config)
    return task


def task_defaults(name: str, options: Mapping[str, Any]) -> Defaults:
    """What a run of this name takes where no option is given.

    Raises:
        UnknownName: nothing of that name, or a classifier that is none.
    """
    found = task_file(name).defaults
    defaults: Defaults = found if isinstance(found, Defaults) else found(name, options)
    return defaults


def task_file(name: str) -> ModuleType:
    """The module of the name's task.

    Raises:
        UnknownName: nothing of that name can be trained.
    """
    return FILES.load(_file(name))


def _own() -> list[str]:
    return [name for name in FILES.names() if name != COMMON]


def _file(name: str) -> str:
    if name not in list_tasks():
        raise UnknownName("model", name, list_tasks())
    return name if name in _own() else COMMON
