#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# filesystem.py - what the tests of the file-system evidence compare: run inside the lab.
import base64
import hashlib
import json
import os
import stat
import sys
import tarfile


def rows(path):
    """path -> row, and that the order is that of bytes with '/' before all others."""
    found, before = {}, None
    with open(path, "rb") as f:
        for line in f:
            row = json.loads(line)
            if "path" not in row and "path_b64" not in row:
                continue
            name = os.fsencode(row["path"]) if "path" in row else base64.b64decode(row["path_b64"])
            key = b"" if name == b"." else name.replace(b"/", b"\0")
            assert before is None or before < key, f"{name!r} after {before!r}"
            assert name not in found
            before, found[name] = key, row
    return found


def members(path):
    """path -> (type, link, sha256) of a tar."""
    found = {}
    with tarfile.open(path, encoding="utf-8", errors="surrogateescape") as tar:
        for m in tar:
            name = os.fsencode(m.name)
            while name.startswith((b"./", b"/")):
                name = name[1:]
            digest = None
            if m.isreg():
                h, f = hashlib.sha256(), tar.extractfile(m)
                while block := f.read(1 << 20):
                    h.update(block)
                digest = h.hexdigest()
            found[name or b"."] = (m, digest)
    return found


def same_as_export(export, rootfs_tar, rootfs_rows):
    """Each path of the engine's export is in ours with the same content, and our rows say our tar's."""
    ours, theirs, said = members(rootfs_tar), members(export), rows(rootfs_rows)
    for name, (m, digest) in theirs.items():
        if name == b".":
            continue
        assert name in ours, f"{name!r} is in the export only"
        if m.islnk():
            digest = theirs[os.fsencode(m.linkname).lstrip(b"./")][1]
        mine = ours[name][1] or said[name].get("sha256")
        assert mine == digest, f"{name!r}: {mine} is not {digest}"
    for name, (m, digest) in ours.items():
        if digest:
            assert said[name]["sha256"] == digest, f"{name!r}: the row says another hash"
    print(len(theirs))


def diff_is_part(changes_rows, diff):
    """Every path of the engine's diff (NUL between, "C /path") is among ours; deleted where it says so."""
    ours = rows(changes_rows)
    for line in open(diff, "rb").read().split(b"\0"):
        if not line:
            continue
        letter, name = line[:1].decode(), line[2:].lstrip(b"/")
        assert name in ours, f"{name!r} is in the engine's diff only"
        # An opaque directory is a deletion to Podman, though the directory is there.
        want = {"C": "M"}.get(letter, letter)
        assert ours[name]["change"] == want or ours[name].get("opaque"), f"{name!r} is not {want}"


def times(*roots):
    """Access time of everything below, as the host sees it, and without moving any."""
    for root in roots:
        todo = [os.fsencode(root)]
        while todo:
            at = todo.pop()
            fd = os.open(at, os.O_RDONLY | os.O_DIRECTORY | os.O_NOATIME)
            print(os.fstat(fd).st_atime_ns, at)
            with os.scandir(fd) as entries:
                names = sorted(os.fsencode(e.name) for e in entries)
            os.close(fd)
            for name in names:
                path = os.path.join(at, name)
                st = os.lstat(path)
                if stat.S_ISDIR(st.st_mode):
                    todo.append(path)
                else:
                    print(st.st_atime_ns, path)


def hostile(root):
    """A tree that means no good, below ROOT."""
    os.chdir(root)
    for name in [b"nl\nnl", b"esc\x1b[31m", b"\xff\xfe", b"z" * 255, b"bidi\xe2\x80\xae"]:
        with open(name, "wb") as f:
            f.write(name)
    os.symlink("../../../../../../etc/shadow", "climb")
    os.symlink("/proc/self/root/etc", "magic")
    os.mkfifo("fifo")
    with open("linked", "w") as f:
        f.write("one content, two names")
    os.link("linked", "also")
    with open("sparse", "wb") as f:
        f.truncate(64 << 20)
        f.seek(32 << 20)
        f.write(b"in the middle")


def deep(root):
    """40 directories of 120 bytes each within each other, and a file: a path longer than PATH_MAX."""
    os.mkdir(os.path.join(root, "deep"))
    at = os.open(os.path.join(root, "deep"), os.O_RDONLY)
    for _ in range(40):
        os.mkdir(b"d" * 120, dir_fd=at)
        at = os.open(b"d" * 120, os.O_RDONLY, dir_fd=at)
    f = os.open("bottom", os.O_WRONLY | os.O_CREAT, dir_fd=at)
    os.write(f, b"found")


def has_bottom(rows_path, prefix):
    """The file of deep() has its row."""
    name = os.path.join(os.fsencode(prefix), b"deep", *[b"d" * 120] * 40, b"bottom")
    assert len(name) > 4096
    assert rows(rows_path)[name]["sha256"] == hashlib.sha256(b"found").hexdigest()


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
