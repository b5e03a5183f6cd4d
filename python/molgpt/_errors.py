"""Exceptions. Each is also the built-in exception that a caller would expect."""

from __future__ import annotations


class MolgptError(Exception):
    """Any error of molgpt."""


class SettingError(MolgptError, ValueError):
    """An argument makes no sense, or does not fit the others."""


class InputError(MolgptError, ValueError):
    """A file, or data that were given, are not what they should be."""


class FileError(MolgptError, OSError):
    """The file system refused."""


class DeviceError(MolgptError, RuntimeError):
    """A device cannot do the work."""
