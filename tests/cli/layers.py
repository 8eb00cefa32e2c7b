#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layers - what `docker save` would write of an image with two layers: layers.py FILE DIR [spoil]

The lower layer has a stray file, another passwd and more in opt/app; the upper one makes DIR of it. With
`spoil` the upper one is not what the config says.
"""
import hashlib
import io
import json
import sys
import tarfile


def plain(info):
    info.uid = info.gid = 0
    info.uname = info.gname = ''
    return info


def lower():
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        for name in ('stray', 'etc/passwd', 'opt/app/old'):
            info = tarfile.TarInfo(name)
            info.size = 3
            tar.addfile(info, io.BytesIO(b'old'))
    return out.getvalue()


def upper(directory):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w') as tar:
        for name in ('.wh.stray', 'opt/app/.wh..wh..opq'):
            tar.addfile(tarfile.TarInfo(name))
        tar.add(directory, '.', filter=plain)
    return out.getvalue()


def main():
    layers = [lower(), upper(sys.argv[2])]
    ids = [hashlib.sha256(layer).hexdigest() for layer in layers]
    if len(sys.argv) > 3:
        layers[1] = layers[1].replace(b'toor', b'root').replace(b'one\n', b'eno\n')
    config = json.dumps({'os': 'linux', 'architecture': 'amd64', 'config': {},
                         'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + i for i in ids]}}).encode()
    name = hashlib.sha256(config).hexdigest() + '.json'
    members = [(f'{i}/layer.tar', layer) for i, layer in zip(ids, layers)] + [(name, config)]
    manifest = [{'Config': name, 'RepoTags': ['web:1'], 'Layers': [m[0] for m in members[:2]]}]
    with tarfile.open(sys.argv[1], 'w') as tar:
        for path, data in members + [('manifest.json', json.dumps(manifest).encode())]:
            info = tarfile.TarInfo(path)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))


main()
