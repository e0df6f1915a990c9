"""Files are written whole or not at all, and only when they change; one build at a time writes to a folder.

A temporary file is locked by the process that writes it. The system frees the lock when that process ends, however it
ends: what is not locked is stale, whichever process has the same number by now.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
import sys
import time
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Final

from derive.errors import OutputError

LOCK_FILE = ".derive-lock"
"""Holds the number of the process that builds. It stays there: another process may be waiting for it."""

_PREFIX, _SUFFIX = ".derive-", ".tmp"
_NUMBER = itertools.count()
_PAUSE = 0.05
"""Seconds between two attempts to get the lock of a folder."""

_PLAIN: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Follow no link, do not wait for the other end of a pipe, change no line end."""

_ELSEWHERE = "Choose a folder that you may write to, with -o."
_ROOM = "Make room, or choose another folder with -o."
_REMEDIES = {
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.EROFS: _ELSEWHERE,
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "Raise the limit of the size of a file: ulimit -f.",
    errno.EMFILE: "Raise the limit of open files (ulimit -n), or use fewer workers with -j.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
}
_NO_LOCKS: Final = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
"""What a file system says that knows no locks."""

if sys.platform == "win32":  # an open file can be neither moved nor removed there, which is as good as a lock
    import msvcrt

    def _locked(file: FileIO, *, wait: bool = False) -> bool:
        file.seek(2**30)  # a byte behind all text, for what is locked cannot be read
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _move(file: FileIO, source: Path, target: Path) -> None:
        file.close()
        os.replace(source, target)

    def _remove(file: FileIO, path: Path) -> None:
        file.close()
        path.unlink()

    def _set_mode(file: FileIO, mode: int) -> None:
        """Do nothing: a file that may be written has no other mode."""
else:
    import fcntl

    def _locked(file: FileIO, *, wait: bool = False) -> bool:
        """Lock an open file, or say that another process has.

        Raises:
            OSError: The file system knows no locks.
        """
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def _move(file: FileIO, source: Path, target: Path) -> None:
        """Move a file that is open, and locked until it is there."""
        with file:
            os.replace(source, target)

    def _remove(file: FileIO, path: Path) -> None:
        """Remove a file that is open, and locked until it is gone."""
        with file:
            path.unlink()

    def _set_mode(file: FileIO, mode: int) -> None:
        os.fchmod(file.fileno(), mode)


def write_if_changed(path: Path, data: bytes, *, durable: bool = True, authored: bool = False) -> bool:
    """Make `data` the content of a file, all or nothing, and say whether that changed anything.

    A file with this content keeps its time. A link is replaced by a file, and what it leads to is left alone. The
    folder is made if need be; the mode of the file is what the umask leaves.

    Args:
        path: The file.
        data: Its content.
        durable: Wait until it is on the disk, so that not even a crash of the machine can lose it. What can be made
            again, and is compared with its hash, need not be.
        authored: The file is there, and is somebody's own: it keeps its mode, and is left alone if it is read-only.

    Raises:
        OutputError: There is something else at the place, or it cannot be written; what was there is still there.
    """
    try:
        if _holds(path, data):
            return False
        _make(path.parent)
        _replace(path, data, durable, _mode(path) if authored else None)
    except OSError as fault:
        raise _output_error(f"cannot write {path}", fault) from None
    return True


def output_folder(path: Path) -> Path:
    """Return a folder to write to, with its parents made; where the path is a link, the folder that it leads to.

    Raises:
        OutputError: The place is taken by something else, or nothing can be written there.
    """
    try:
        _make(path)
        folder = path.resolve(strict=True)
    except OSError as fault:
        raise _output_error(f"cannot make the folder {path}", fault) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OutputError(f"nothing can be written to {path}", hint=_ELSEWHERE)
    return folder


@contextlib.contextmanager
def lock(folder: Path, wait: float = 0.0) -> Iterator[None]:
    """Keep all other processes and threads from building into a folder, until the block ends.

    The lock of a process that is killed is free at once, unless it had forked: children that were started anew do not
    have it, forks do. Where the file system knows no locks, nothing is kept out.

    Args:
        folder: A folder that exists.
        wait: Seconds to wait for another build to end.

    Raises:
        OutputError: Another build still has the folder; the message names its process.
    """
    place = folder / LOCK_FILE
    try:
        file = _opened(place, os.O_RDWR | os.O_CREAT)
    except OSError as fault:
        raise _output_error(f"cannot write {place}", fault) from None
    with file:
        _wait_for(file, folder, time.monotonic() + wait)
        _name(file, str(os.getpid()))
        try:
            yield
        finally:
            _name(file, "")


def sweep(folder: Path) -> int:
    """Remove the temporary files that killed processes left in a folder, not in those below; return how many."""
    try:
        names = [name for name in os.listdir(folder) if name.startswith(_PREFIX) and name.endswith(_SUFFIX)]
    except OSError:
        return 0
    return sum(_removed_if_stale(folder / name) for name in names)


def _opened(path: Path, flags: int) -> FileIO:
    return open(os.open(path, flags | _PLAIN, 0o666), "r+b" if flags & os.O_RDWR else "wb", buffering=0)


def _holds(path: Path, data: bytes) -> bool:
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISLNK(found.st_mode):
        return False
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "a device or a pipe"
        raise OutputError(f"cannot write {path}: it is {what}", hint="Remove it, or choose another folder with -o.")
    if found.st_size != len(data):
        return False
    try:
        return path.read_bytes() == data
    except PermissionError:  # it can be replaced all the same
        return False


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        taken = next(p for p in (folder, *folder.parents) if os.path.lexists(p))
        what = "a link that leads to no folder" if taken.is_symlink() else "a file, where a folder is needed"
        raise OutputError(f"{taken} is {what}", hint="Choose another folder with -o.") from None


def _mode(path: Path) -> int:
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & 0o222 or not os.access(path, os.W_OK):  # root has access to all
        raise OutputError(f"cannot write {path}: it is read-only")
    return mode


def _replace(path: Path, data: bytes, durable: bool, mode: int | None) -> None:
    made: list[Path] = []
    try:
        temporary, file = _temporary(path.parent, made)
        with file:
            if mode is not None:
                _set_mode(file, mode)
            _put(file, data)
            if durable:
                os.fsync(file)
            _move(file, temporary, path)
    except BaseException:  # a signal may have come at any moment
        for name in made:
            with contextlib.suppress(OSError):
                name.unlink()
        raise


def _temporary(folder: Path, made: list[Path]) -> tuple[Path, FileIO]:
    """Make a file and lock it; `made` has its name before it is there. One that was swept away meanwhile is let go."""
    while True:
        path = folder / f"{_PREFIX}{os.getpid()}-{next(_NUMBER)}{_SUFFIX}"
        made[:] = [path]
        try:
            file = _opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:  # left by a process that had our number
            continue
        with contextlib.suppress(OSError):
            _locked(file, wait=True)
        if os.fstat(file.fileno()).st_nlink:
            return path, file
        file.close()


def _put(file: FileIO, data: bytes) -> None:
    file.seek(0)
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
    file.truncate()


def _name(file: FileIO, holder: str) -> None:
    with contextlib.suppress(OSError):  # on a full disk nobody is named
        _put(file, holder.encode())


def _removed_if_stale(path: Path) -> bool:
    try:
        with _opened(path, os.O_RDWR) as file:
            stale = stat.S_ISREG(os.fstat(file.fileno()).st_mode) and _locked(file)
            if stale:
                _remove(file, path)
    except OSError:
        return False
    return stale


def _wait_for(file: FileIO, folder: Path, until: float) -> None:
    try:
        while not _locked(file):
            if time.monotonic() >= until:
                hint = "Wait until it has ended, or choose another folder with -o."
                raise OutputError(f"{_holder(file)} is building into {folder}", hint=hint)
            time.sleep(_PAUSE)
    except OSError as fault:
        if fault.errno not in _NO_LOCKS:
            raise _output_error(f"cannot lock {folder}", fault) from None


def _holder(file: FileIO) -> str:
    file.seek(0)
    number = file.read(20)
    return f"process {int(number)}" if number.isdigit() else "another process"


def _output_error(what: str, fault: OSError) -> OutputError:
    return OutputError(f"{what}: {fault.strerror}", hint=_REMEDIES.get(fault.errno or 0, ""))
