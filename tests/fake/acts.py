# SPDX-License-Identifier: Apache-2.0
"""acts - what changes a container of the fake engine: its networks, its state, images made of it.

The answers, odd ones too, are those of Docker 26 and Podman 5.
"""
import hashlib
import json
import re

STAND_IN = {"EndpointID": "", "Gateway": "", "IPAddress": "", "IPPrefixLen": 0, "IPv6Gateway": "",
            "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0, "MacAddress": "", "DriverOpts": None,
            "IPAMConfig": None, "Links": None}
STRANGER = "f" * 64
NO_FREEZER = "can not pause containers on rootless containers with cgroup V1: this container does not have a cgroup"

FULL_ID = r"[0-9a-f]{64}"
TEXTS = (list, str)
BODIES = {
    ("docker", "checkpoint"): {"CheckpointID": str, "CheckpointDir": str, "Exit": False},
    "disconnect": {"Container": FULL_ID, "Force": False},
    "commit": {"Labels": (dict, str)},
    ("docker", "connect"): {
        "Container": FULL_ID,
        "EndpointConfig": {"IPAMConfig": {"IPv4Address": str, "IPv6Address": str}, "Aliases": TEXTS, "Links": TEXTS,
                           "MacAddress": str, "DriverOpts": (dict, str), "GwPriority": int}},
    ("podman", "connect"): {"container": FULL_ID, "aliases": TEXTS, "static_ips": TEXTS, "static_mac": str,
                            "interface_name": str, "options": (dict, str)},
}
# Docker's checkpoint ends the container where Exit is not false; a name could mean another container.
NEEDED = {"checkpoint": {"Exit"}, "disconnect": {"Container", "Force"}, "commit": {"Labels"},
          "connect": {"Container", "container"}}


def fits(value, form):
    if isinstance(form, dict):
        return isinstance(value, dict) and all(k in form and fits(v, form[k]) for k, v in value.items())
    if isinstance(form, tuple):
        return isinstance(value, form[0]) and all(
            isinstance(v, form[1]) for v in (value.values() if form[0] is dict else value))
    if isinstance(form, str):
        return isinstance(value, str) and re.fullmatch(form, value) is not None
    return value is form if form is False else isinstance(value, form)


def body_fits(dialect, name, body):
    form = BODIES.get(name) or BODIES.get((dialect, name))
    if not form:
        return not body
    try:
        doc = json.loads(body)
    except ValueError:
        return False
    return fits(doc, form) and bool(NEEDED[name] & doc.keys() if name == "connect" else NEEDED[name] <= doc.keys())


def digest(text):
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


class Acts:
    """What Engine knows of these; it has podman, containers, scenario and tell()."""

    # ---- networks: c["networks"] is what is configured, c["wired"] what the namespace has

    def plug(self, c, n):
        """At the start: networks by name, or the one that was recorded."""
        given = c.get("networks") or {"podman" if self.podman else "bridge": {}}
        if isinstance(given, list):
            given = {name: {} for name in given}
        c["networks"] = {name: self.endpoint(c, n, k, name, keys) for k, (name, keys) in enumerate(given.items())}
        c["wired"] = dict(c["networks"])
        for name, keys in given.items():
            self.networks.setdefault(name, False)
            self.networks[name] |= bool((keys.get("IPAMConfig") or {}).get("IPv4Address"))

    def endpoint(self, c, n, k, name, keys):
        address = (keys.get("IPAMConfig") or {}).get("IPv4Address") or f"10.9.{k}.{n % 250 + 2}"
        doc = {**STAND_IN, "NetworkID": digest(name), "Gateway": address.rpartition(".")[0] + ".1", "IPPrefixLen": 24,
               "IPAddress": address, "MacAddress": self.mac_of(address), "Aliases": None}
        if not self.podman:
            doc.update(EndpointID=digest(c["id"] + name))
        doc.update(keys)
        if self.podman:
            doc["Aliases"] = (doc["Aliases"] or []) + [c["id"][:12]]
        return doc

    def mac_of(self, address):
        return "02:42:" + ":".join(f"{int(part):02x}" for part in address.split("."))

    def settings(self, c, doc):
        """NetworkSettings of an inspect answer; or an error."""
        names, wired = c["networks"], c["wired"]
        lives = c["state"] in ("running", "paused")
        if self.podman and lives and len(names) != len(wired) and (names or len(wired) > 1):
            return self.error(500, "internal libpod error", (
                f"network inspection mismatch: asked to join {len(names)} network(s) map[], but have information on "
                f"{len(wired)} network(s)" if names else
                f"should have at most 1 network status result if not joining networks, instead got {len(wired)}"))
        shown = {}
        for name, one in names.items():
            shown[name] = {**one}
            if not lives:
                shown[name].update({k: "" for k in ("IPAddress", "MacAddress", "Gateway", "GlobalIPv6Address")})
        ports = {p: [{"HostIp": "0.0.0.0", "HostPort": str(h)}] for p, h in c.get("ports", {}).items()}
        if self.podman and not shown and not c.get("network_mode", "").startswith("pasta"):
            shown = {"bridge": {**STAND_IN, "NetworkID": "bridge"}}
        doc["NetworkSettings"].update(Networks=shown, Ports=ports if self.podman or (names and lives) else {})
        mode = c.get("network_mode", "bridge" if self.podman else next(iter(c["networks"]), "default"))
        doc["HostConfig"]["NetworkMode"] = c.setdefault("mode", mode)
        return None

    def network_named(self, word):
        """Its name, by that or its id; or None."""
        return next((name for name in self.networks if word in (name, digest(name))), None)

    def no_network(self, word):
        return self.error(404, "network not found", f"unable to find network with name or ID {word}") \
            if self.podman else self.error(404, f"network {word} not found")

    def error(self, status, cause, message=None):
        """As each engine says it: Docker only the cause, Podman "message: cause"."""
        if not self.podman:
            return status, {"message": message or cause}
        return status, {"cause": cause, "message": f"{message}: {cause}" if message else cause, "response": status}

    def network_and_container(self, m):
        body = m["body"]
        c = self.find(body.get("Container") or body.get("container"))
        if not self.network_named(m["name"]):
            return None, self.no_network(m["name"])
        m["name"] = self.network_named(m["name"])
        if not c:
            return None, self.error(404, "no such container")
        mode = c.get("network_mode", "bridge")
        if self.podman and mode != "bridge":
            word = mode if mode in ("pasta", "slirp4netns") else ""
            return None, self.error(500, "invalid network mode", f'"{word}" is not supported')
        if mode == "host":
            return None, self.error(400, "container cannot be disconnected from host network or connected to host network")
        return c, None

    def a_network(self, m, q):
        name = self.network_named(m["name"])
        if not name:
            return self.no_network(m["name"])
        own = {c["id"]: c["wired"][name]["IPAddress"] for c in self.containers if name in c["wired"]}
        own.update(self.strangers.get(name, {}))
        if self.podman:
            return {"name": name, "id": digest(name), "driver": "bridge", "containers": {
                i: {"name": i[:12], "interfaces": {"eth0": {"subnets": [{"ipnet": a + "/24"}]}}}
                for i, a in own.items()}}
        return {"Name": name, "Id": digest(name), "Driver": "bridge",
                "Containers": {i: {"Name": i[:12], "IPv4Address": a + "/24"} for i, a in own.items()}}

    def a_disconnect(self, m, q):
        c, refusal = self.network_and_container(m)
        name = m["name"]
        if refusal:
            return refusal
        if name not in c["networks"]:
            return self.error(500, f"container {c['name'] if self.podman else c['id']} is not connected to network {name}")
        address = c["networks"][name]["IPAddress"]
        if c.get("taken"):
            self.strangers[name] = {STRANGER: address}
        else:
            c.setdefault("had", {})[name] = address
        del c["networks"][name]
        # A paused one's status is not touched, and its interface stays.
        if not (self.podman and c["state"] == "paused"):
            c["wired"].pop(name, None)
        return 200, b"OK\n" if self.podman else b""

    def a_connect(self, m, q):
        c, refusal = self.network_and_container(m)
        if refusal:
            return refusal
        return self.podman_connects(c, m["name"], m["body"]) if self.podman else self.docker_connects(
            c, m["name"], m["body"].get("EndpointConfig", {}))

    def address_of(self, c, name, wanted):
        """A dynamic one is the same again unless somebody took it."""
        n = self.containers.index(c)
        k = sorted(self.networks).index(name)
        return wanted or c.setdefault("had", {}).get(name) or f"10.9.{k}.{n % 250 + (100 if c.get('taken') else 2)}"

    def docker_connects(self, c, name, config):
        wanted = config.get("IPAMConfig", {}).get("IPv4Address")
        if c["networks"].get(name, {}).get("EndpointID"):
            return self.error(403, f"endpoint with name {c['name']} already exists in network {name}")
        if wanted and not self.networks[name]:
            return self.error(400, "invalid endpoint settings:\nuser specified IP address is supported only when "
                                   "connecting to networks with user configured subnets")
        if config.get("Aliases") and name == "bridge":
            return self.error(400, "invalid endpoint settings:\nnetwork-scoped alias is supported only for containers "
                                   "in user defined networks")
        address = self.address_of(c, name, wanted)
        # MacAddress is taken, and dropped.
        keys = {k: config[k] for k in ("IPAMConfig", "Aliases", "Links", "DriverOpts") if k in config}
        if wanted in self.strangers.get(name, {}).values():
            # It stays in inspect, without an endpoint.
            c["networks"][name] = {**STAND_IN, **keys, "NetworkID": ""}
            return self.error(403, "Address already in use")
        c["networks"][name] = c["wired"][name] = self.endpoint(
            c, 0, 0, name, {**keys, "IPAddress": address, "MacAddress": self.mac_of(address)})
        return 200, b""

    def podman_connects(self, c, name, config):
        if name in c["networks"]:
            return self.error(500, "network is already connected",
                              f"container {c['id']} is already connected to network {name}")
        addresses = config.get("static_ips", [])
        wanted = next((a for a in addresses if ":" not in a), None)
        stays = c["wired"].get(name)
        address = self.address_of(c, name, wanted)
        doc = self.endpoint(c, 0, 0, name, {
            "Aliases": config.get("aliases"), "IPAddress": address,
            "GlobalIPv6Address": next((a for a in addresses if ":" in a), ""),
            "MacAddress": config.get("static_mac") or "a6" + self.mac_of(address)[2:]})
        c["networks"][name] = {**stays, "Aliases": doc["Aliases"]} if stays else doc
        if c["state"] == "paused":
            return 200, b"OK\n"  # written down, not done
        if stays:
            return self.error(500, "netavark: create veth pair: interface eth0 already exists on container namespace: "
                                   "Netlink error: File exists (os error 17)")
        if wanted in self.strangers.get(name, {}).values():
            return self.error(500, f"IPAM error: requested ip address {wanted} is already allocated to container ID "
                              + STRANGER)
        c["wired"][name] = doc
        return 200, b"OK\n"

    # ---- states

    def change_state(self, c, to, word):
        c["state"] = to
        self.tell(c, word)
        return 204, b""

    def has_no_freezer(self, c):
        return self.podman and (c.get("no_freezer") or self.scenario.get("no_freezer"))

    def a_pause(self, m, q):
        c = m["container"]
        if c["state"] == "paused":
            return self.error(500, "container state improper", f'"{c["id"]}" is already paused') if self.podman \
                else self.error(409, f"Container {c['id']} is already paused")
        if c["state"] != "running":
            return self.error(500, "container state improper", f'"{c["state"]}" is not running, can\'t pause') \
                if self.podman else self.error(409, f"container {c['id']} is not running")
        if self.has_no_freezer(c):
            return self.error(500, "this container does not have a cgroup", NO_FREEZER.rpartition(": ")[0])
        return self.change_state(c, "paused", "pause")

    def a_unpause(self, m, q):
        c = m["container"]
        if c["state"] == "paused":
            return self.change_state(c, "running", "unpause")
        return self.error(500, "container state improper", f'"{c["id"]}" is not paused, can\'t unpause') if self.podman \
            else self.error(500, f"Container {c['id']} is not paused")

    def ends(self, c, word):
        """Neither engine's restart policy brings back what was ended through it; somebody else may."""
        self.change_state(c, "exited", word)
        if c.get("auto_remove"):
            self.containers.remove(c)
            self.tell(c, "destroy")
        elif c.get("comes_back"):
            c["started"] = "2027-01-01T00:00:00.000000001Z"
            self.change_state(c, "running", "start")
        return 204, b""

    def a_stop(self, m, q):
        c = m["container"]
        if c["state"] not in ("running", "paused"):
            return 304, b""
        if self.podman and c["state"] == "paused":
            return self.error(500, "container state improper",
                              f"container {c['id']} is running or paused, refusing to clean up")
        return self.ends(c, "stop")

    def a_kill(self, m, q):
        c, was = m["container"], m["container"]["state"]
        if was not in ("running", "paused"):
            return self.error(409, "container state improper",
                              f"can only kill running containers. {c['id']} is in state {was}") if self.podman else \
                self.error(409, f"cannot kill container: {c['name']}: container {c['id']} is not running")
        done = self.ends(c, "kill")
        # It ends all the same.
        return self.error(500, f"timed out waiting for file /run/libpod/exits/{c['id']}") \
            if self.podman and was == "paused" else done

    def a_remove(self, m, q):
        c = m["container"]
        self.containers.remove(c)
        self.tell(c, "destroy")
        return (200, [{"Id": c["id"]}]) if self.podman else (204, b"")

    # ---- images

    def a_commit(self, m, q):
        c = self.find(q["container"][0])
        repo, tag = (q.get(k, [""])[0] for k in ("repo", "tag"))
        if not c:
            return self.error(404, "no such container")
        if repo != repo.lower() or " " in repo:
            return self.error(500 if self.podman else 400, "invalid reference format",
                              f'parsing reference "{repo}:{tag}"' if self.podman else None)
        if q["pause"] == ["true"] and c["state"] == "running" and self.has_no_freezer(c):
            return self.error(500, "this container does not have a cgroup",
                              f'pausing container "{c["id"]}" to commit: ' + NO_FREEZER.rpartition(": ")[0])
        labels = {**c["labels"], **m["body"]["Labels"]}
        short = digest(json.dumps([c["id"], repo, tag, labels]))
        name = f"localhost/{repo}:{tag}" if self.podman and "." not in repo.partition("/")[0] else f"{repo}:{tag}"
        doc = {"Id": short if self.podman else "sha256:" + short, "RepoTags": [name],
               "Comment": q.get("comment", [""])[0], "Config": {"Labels": labels}}
        if self.podman:
            doc["Labels"] = labels
        for word in (name, f"{repo}:{tag}", short, "sha256:" + short):
            self.images[word] = doc
        return 200 if self.podman else 201, {"Id": doc["Id"]}
