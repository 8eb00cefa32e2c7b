/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/model/container.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/base/text.h"

#define PORTS_TEXT_MAX ((size_t)64 << 10)
#define YEAR_9999      INT64_C(253402300799)

const char *dialect_word(enum dialect d)
{
	return d == DIALECT_PODMAN ? "podman" : "docker";
}

const char *container_state_word(enum container_state s)
{
	static const char *const words[] = {
		[STATE_UNKNOWN] = "unknown", [STATE_CREATED] = "created",
		[STATE_RUNNING] = "running", [STATE_PAUSED] = "paused",
		[STATE_STOPPED] = "stopped",
	};

	return words[s];
}

void container_release(struct container *c)
{
	char *const texts[] = { c->id,         c->name,       c->image,        c->image_id,
				c->status,     c->created,    c->started,      c->finished,
				c->ports,      c->lower_dirs, c->graph_driver, c->upper_dir,
				c->merged_dir, c->log_path,   c->network_mode, c->restart_policy,
				c->pod };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < c->mount_count; i++) {
		free(c->mounts[i].name);
		free(c->mounts[i].source);
		free(c->mounts[i].destination);
	}
	for (size_t i = 0; i < c->network_count; i++) {
		free(c->networks[i].name);
		free(c->networks[i].id);
	}
	for (size_t i = 0; i < c->published_count; i++) {
		free(c->published[i].address);
		free(c->published[i].protocol);
	}
	free(c->mounts);
	free(c->networks);
	free(c->published);
	*c = (struct container){ 0 };
}

static char *keep(const char *s)
{
	return s && *s ? xstrdup(s) : NULL;
}

static enum container_state state_of(const char *word)
{
	static const struct {
		const char *word;
		enum container_state state;
	} states[] = {
		{ "created", STATE_CREATED },
		{ "configured", STATE_CREATED },
		{ "initialized", STATE_CREATED },
		{ "running", STATE_RUNNING },
		{ "paused", STATE_PAUSED },
		{ "exited", STATE_STOPPED },
		{ "stopped", STATE_STOPPED },
		{ "dead", STATE_STOPPED },
		{ "stopping", STATE_STOPPED },
		{ "removing", STATE_STOPPED },
		/* Between two runs: there is no process to look at. */
		{ "restarting", STATE_STOPPED },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (!strcmp(word, states[i].word))
			return states[i].state;
	return STATE_UNKNOWN;
}

/* An id goes into paths and requests, so it is the one text that is checked here. */
static int identify(struct container *c, const char *id, const char *name, struct err *e)
{
	if (!text_is_hex(id, 64))
		return err_set(e, ERR_FORMAT, "the id of a container is not 64 hexadecimal digits");
	c->id = xstrdup(id);
	c->name = xstrdup(name[0] == '/' ? name + 1 : name);
	return 0;
}

static enum mount_type mount_type_of(const char *word)
{
	if (!strcmp(word, "bind"))
		return MOUNT_BIND;
	if (!strcmp(word, "volume"))
		return MOUNT_VOLUME;
	return strcmp(word, "tmpfs") ? MOUNT_OTHER : MOUNT_TMPFS;
}

static int too_many(const struct cJSON *list, const char *what, struct err *e)
{
	if (json_count(list) > MOUNTS_MAX)
		return err_set(e, ERR_LIMIT, "a container with more than %d %s", MOUNTS_MAX, what);
	return 0;
}

static int read_mounts(struct container *c, const struct cJSON *list, struct err *e)
{
	if (too_many(list, "mounts", e) < 0)
		return -1;
	c->mounts = xcalloc(json_count(list), sizeof(*c->mounts));
	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		struct obj o = obj_begin(item, "mount", e);
		struct container_mount *m = &c->mounts[c->mount_count++];

		m->type = mount_type_of(obj_text_or(&o, "Type", ""));
		m->name = keep(obj_text_or(&o, "Name", ""));
		m->source = xstrdup(obj_text_or(&o, "Source", ""));
		m->destination = xstrdup(obj_text_or(&o, "Destination", ""));
		m->is_writable = obj_bool_or(&o, "RW", false);
		if (obj_end(&o) < 0)
			return -1;
	}
	return 0;
}

static bool has_mount(const struct container *c, const char *destination)
{
	for (size_t i = 0; i < c->mount_count; i++)
		if (!strcmp(c->mounts[i].destination, destination))
			return true;
	return false;
}

/* Whether the comma separated OPTIONS have WORD. */
static bool has_option(const char *options, const char *word)
{
	size_t len = strlen(word);

	for (const char *p = options; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (strcspn(p, ",") == len && !strncmp(p, word, len))
			return true;
	return false;
}

/* What `--tmpfs` made stands in HostConfig alone: destination to options. */
static int read_tmpfs(struct container *c, const struct cJSON *map, struct err *e)
{
	if (too_many(map, "tmpfs mounts", e) < 0)
		return -1;
	c->mounts = xrealloc(c->mounts, c->mount_count + json_count(map), sizeof(*c->mounts));
	for (const struct cJSON *item = json_first(map); item; item = json_next(item)) {
		const char *options = json_text(item);

		if (has_mount(c, json_key(item)))
			continue;
		c->mounts[c->mount_count++] = (struct container_mount){
			.type = MOUNT_TMPFS,
			.source = xstrdup(""),
			.destination = xstrdup(json_key(item)),
			.is_writable = !options || !has_option(options, "ro"),
		};
	}
	return 0;
}

/* A map of name to details, or (Podman's list) only names. */
static int read_networks(struct container *c, const struct cJSON *all, struct err *e)
{
	if (too_many(all, "networks", e) < 0)
		return -1;
	c->networks = xcalloc(json_count(all), sizeof(*c->networks));
	for (const struct cJSON *item = json_first(all); item; item = json_next(item)) {
		const char *name = json_is_list(all) ? json_text(item) : json_key(item);
		const struct cJSON *id =
			json_is_object(item) ? json_member(item, "NetworkID") : NULL;

		if (!name)
			return err_set(e, ERR_FORMAT, "a container's network has no name");
		c->networks[c->network_count++] = (struct container_network){
			.name = xstrdup(name),
			.id = keep(id ? json_text(id) : NULL),
		};
	}
	return 0;
}

static void read_graph(struct container *c, struct obj *o)
{
	struct obj graph = obj_in_or(o, "GraphDriver"), data = obj_in_or(&graph, "Data");

	c->graph_driver = keep(obj_text_or(&graph, "Name", ""));
	if (!c->graph_driver || strncmp(c->graph_driver, "overlay", 7) != 0)
		return;
	c->lower_dirs = keep(obj_text_or(&data, "LowerDir", ""));
	c->upper_dir = keep(obj_text_or(&data, "UpperDir", ""));
	c->merged_dir = keep(obj_text_or(&data, "MergedDir", ""));
}

static void add_published(struct container *c, size_t *cap, const char *inside,
			  const struct cJSON *binding)
{
	const char *slash = strchr(inside, '/');
	size_t len = slash ? (size_t)(slash - inside) : strlen(inside);
	AUTO(freep) char *number = xstrndup(inside, len);
	const struct cJSON *address = json_member(binding, "HostIp");
	const struct cJSON *host = json_member(binding, "HostPort");
	struct err ignored = { 0 };
	uint64_t from = 0, to = 0;

	/* No port of the host yet: it gets one when it starts. */
	if (!host || !json_text(host) || text_u64(json_text(host), UINT16_MAX, &from, &ignored) < 0)
		return;
	if (text_u64(number, UINT16_MAX, &to, &ignored) < 0 || !from || !to)
		return;
	grow(c->published, c->published_count, *cap);
	c->published[c->published_count++] = (struct container_port){
		.address = xstrdup(address && json_text(address) ? json_text(address) : ""),
		.protocol = xstrdup(slash && slash[1] ? slash + 1 : "tcp"),
		.host = (uint16_t)from,
		.inside = (uint16_t)to,
	};
}

/* {"80/tcp": [{"HostIp", "HostPort"}, ...]}; null where it is only exposed. */
static int read_published(struct container *c, const struct cJSON *ports, struct err *e)
{
	size_t cap = 0;

	for (const struct cJSON *item = json_first(ports); item; item = json_next(item)) {
		if (!json_is_list(item))
			continue;
		for (const struct cJSON *b = json_first(item); b; b = json_next(b)) {
			if (c->published_count >= PUBLISHED_MAX)
				return err_set(e, ERR_LIMIT,
					       "a container with more than %d published ports",
					       PUBLISHED_MAX);
			if (json_is_object(b))
				add_published(c, &cap, json_key(item), b);
		}
	}
	return 0;
}

static int read_state(struct container *c, struct obj *o, struct err *e)
{
	struct obj state = obj_in(o, "State");
	uint64_t pid = obj_u64_or(&state, "Pid", 0);

	c->status = xstrdup(obj_text(&state, "Status"));
	c->state = state_of(c->status);
	c->started = keep(obj_text_or(&state, "StartedAt", ""));
	c->finished = keep(obj_text_or(&state, "FinishedAt", ""));
	if (pid > INT_MAX)
		return err_set(e, ERR_FORMAT, "a container's pid is %llu", (unsigned long long)pid);
	c->pid = (pid_t)pid;
	return 0;
}

static int read_inspect(enum dialect d, const struct cJSON *doc, struct container *c, struct err *e)
{
	struct obj o = obj_begin(doc, "inspect answer", e);
	struct obj config = obj_in_or(&o, "Config"), host = obj_in_or(&o, "HostConfig");
	struct obj log = obj_in_or(&host, "LogConfig"), net = obj_in_or(&o, "NetworkSettings");
	struct obj networks = obj_in_or(&net, "Networks"), tmpfs = obj_in_or(&host, "Tmpfs");
	struct obj ports = obj_in_or(&net, "Ports"), restart = obj_in_or(&host, "RestartPolicy");
	const char *id = obj_text(&o, "Id"), *name = obj_text_or(&o, "Name", "");
	const struct cJSON *mounts = obj_list_or(&o, "Mounts");

	c->created = keep(obj_text_or(&o, "Created", ""));
	c->image_id = keep(obj_text_or(&o, "Image", ""));
	c->image = keep(d == DIALECT_PODMAN ? obj_text_or(&o, "ImageName", "")
					    : obj_text_or(&config, "Image", ""));
	c->has_tty = obj_bool_or(&config, "Tty", false);
	c->network_mode = keep(obj_text_or(&host, "NetworkMode", ""));
	c->restart_policy = keep(obj_text_or(&restart, "Name", ""));
	c->is_auto_removed = obj_bool_or(&host, "AutoRemove", false);
	c->pod = keep(obj_text_or(&o, "Pod", ""));
	c->is_infra = obj_bool_or(&o, "IsInfra", false);
	c->log_path = keep(d == DIALECT_PODMAN ? obj_text_or(&log, "Path", "")
					       : obj_text_or(&o, "LogPath", ""));
	read_graph(c, &o);
	if (read_state(c, &o, e) < 0 || obj_end(&o) < 0)
		return -1;
	if (identify(c, id, name, e) < 0 || read_mounts(c, mounts, e) < 0 ||
	    read_tmpfs(c, tmpfs.node, e) < 0 || read_published(c, ports.node, e) < 0)
		return -1;
	return read_networks(c, networks.node, e);
}

int container_from_inspect(enum dialect d, const struct cJSON *doc, struct container *out,
			   struct err *e)
{
	AUTO(container_release) struct container c = { 0 };

	if (read_inspect(d, doc, &c, e) < 0)
		return -1;
	*out = c;
	c = (struct container){ 0 };
	return 0;
}

/* Unix seconds as RFC 3339; engines write the year 1 for never, which is before 1970. */
static char *time_text(int64_t seconds)
{
	char text[TEXT_TIME_SIZE];

	if (seconds <= 0 || seconds > YEAR_9999)
		return NULL;
	text_time(text, &(struct timespec){ .tv_sec = seconds });
	return xstrdup(text);
}

static void add_port(struct str *out, const char *ip, uint64_t from, uint64_t to, uint64_t count,
		     const char *protocol)
{
	if (out->len)
		str_adds(out, ", ");
	if (from) {
		str_addf(out, strchr(ip, ':') ? "[%s]:" : "%s:", *ip ? ip : "0.0.0.0");
		str_addf(out, "%llu", (unsigned long long)from);
		if (count > 1)
			str_addf(out, "-%llu", (unsigned long long)(from + count - 1));
		str_adds(out, "->");
	}
	str_addf(out, "%llu", (unsigned long long)to);
	if (count > 1)
		str_addf(out, "-%llu", (unsigned long long)(to + count - 1));
	str_addf(out, "/%s", *protocol ? protocol : "tcp");
}

static int read_ports(enum dialect d, struct container *c, const struct cJSON *list, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(PORTS_TEXT_MAX);

	for (const struct cJSON *item = json_first(list); item; item = json_next(item)) {
		struct obj o = obj_begin(item, "port", e);

		if (d == DIALECT_PODMAN)
			add_port(&text, obj_text_or(&o, "host_ip", ""),
				 obj_u64_or(&o, "host_port", 0), obj_u64(&o, "container_port"),
				 obj_u64_or(&o, "range", 1), obj_text_or(&o, "protocol", ""));
		else
			add_port(&text, obj_text_or(&o, "IP", ""), obj_u64_or(&o, "PublicPort", 0),
				 obj_u64(&o, "PrivatePort"), 1, obj_text_or(&o, "Type", ""));
		if (obj_end(&o) < 0)
			return -1;
	}
	if (str_ok(&text, "the list of a container's ports", e) < 0)
		return -1;
	c->ports = str_detach(&text);
	return 0;
}

/* Docker's Names has links too ("/other/alias"): the container's own name has one slash. */
static const char *own_name(const struct cJSON *names)
{
	const char *first = NULL;

	for (const struct cJSON *item = json_first(names); item; item = json_next(item)) {
		const char *name = json_text(item);

		if (!name)
			continue;
		if (!strchr(name + (*name == '/'), '/'))
			return name;
		if (!first)
			first = name;
	}
	return first ? first : "";
}

static int read_list(enum dialect d, const struct cJSON *item, struct container *c, struct err *e)
{
	struct obj o = obj_begin(item, "container", e);
	const char *id = obj_text(&o, "Id"), *state = obj_text(&o, "State");
	const struct cJSON *names = obj_list_or(&o, "Names"), *ports = obj_list_or(&o, "Ports");
	const struct cJSON *networks;
	uint64_t pid = 0;

	c->image = keep(obj_text_or(&o, "Image", ""));
	c->image_id = keep(obj_text_or(&o, "ImageID", ""));
	c->state = state_of(state);
	c->status = keep(obj_text_or(&o, "Status", ""));
	if (!c->status)
		c->status = xstrdup(state);
	if (d == DIALECT_PODMAN) {
		c->created = keep(obj_text_or(&o, "Created", ""));
		c->started = time_text(obj_i64_or(&o, "StartedAt", 0));
		c->finished = time_text(obj_i64_or(&o, "ExitedAt", 0));
		networks = obj_list_or(&o, "Networks");
		pid = obj_u64_or(&o, "Pid", 0);
	} else {
		struct obj net = obj_in_or(&o, "NetworkSettings");
		struct obj map = obj_in_or(&net, "Networks");

		c->created = time_text(obj_i64_or(&o, "Created", 0));
		networks = map.node;
	}
	if (obj_end(&o) < 0)
		return -1;
	c->pid = pid <= INT_MAX ? (pid_t)pid : 0;
	if (identify(c, id, own_name(names), e) < 0 || read_ports(d, c, ports, e) < 0)
		return -1;
	return read_networks(c, networks, e);
}

int container_from_list(enum dialect d, const struct cJSON *item, struct container *out,
			struct err *e)
{
	AUTO(container_release) struct container c = { 0 };

	if (read_list(d, item, &c, e) < 0)
		return -1;
	*out = c;
	c = (struct container){ 0 };
	return 0;
}
