/* SPDX-License-Identifier: MIT */
/* Gamepads that come and go: opened once each, read, and closed. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "tools/gamepad/evdev_node.h"
#include "tools/gamepad/evdev_set.h"
#include "tools/text.h"
#include "tools/tool.h"

/* What the kernel gives all input devices as their major number. */
#define INPUT_MAJOR	13

/* How long motors have to stop at the end, if none took longer before. */
#define END_MS		2000

/* ---- a device that is there --------------------------------------------- */

static void describe(const struct evdev_entry *entry, char *ret_text, size_t size)
{
	char name[256];

	text_clean(libevdev_get_name(evdev_device_info(entry->device)), name,
		   sizeof(name));
	snprintf(ret_text, size, "%s (%s)", entry->path, name);
}

static void say_of(const struct evdev_entry *entry, const char *what)
{
	char text[512];

	describe(entry, text, sizeof(text));
	tool_say("%s %s", text, what);
}

/* There is room: each that is there has had a place kept for its end. */
static void let_shaker_go(struct evdev_set *set, struct evdev_shaker *shaker)
{
	size_t i = 0;

	while (set->ending[i])
		i++;
	set->ending[i] = shaker;
	evdev_shaker_end(shaker);
}

static void let_go(struct evdev_entry *entry)
{
	if (entry->shaker)
		let_shaker_go(entry->set, entry->shaker);
	else
		evdev_device_close(entry->device);
	free(entry->path);
	entry->shaker = NULL;
	entry->device = NULL;
	entry->path = NULL;
	entry->number = 0;
}

/* The descriptor of what is gone would be ready for ever. */
static void drop(struct evdev_entry *entry)
{
	struct evdev_set *set = entry->set;
	uint64_t number = entry->number;

	if (number)
		say_of(entry, "is gone: its pad is disconnected");
	if (set->loop)
		loop_remove(set->loop, &entry->watch);
	let_go(entry);
	if (number)
		set->sink.disconnect(set->sink.data, number);
}

static void step(struct evdev_entry *entry, uint32_t revents)
{
	struct source_sink *sink = &entry->set->sink;
	unsigned int steps = evdev_device_step(entry->device, revents,
					       &entry->pad);

	entry->watch.again = steps & EVDEV_MORE;
	if (steps & EVDEV_GONE)
		drop(entry);
	else if (steps & EVDEV_CHANGED)
		sink->update(sink->data, entry->number, &entry->pad);
}

static void entry_ready(struct loop_watch *watch, uint32_t revents)
{
	step((struct evdev_entry *)watch, revents);
}

/*
 * A read of evdev that got less than it asked for has emptied the queue, so
 * that being told of news will do. What stands in for it in a test may differ.
 */
static bool is_input_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       major(status.st_rdev) == INPUT_MAJOR;
}

static int wait_for(struct evdev_entry *entry)
{
	int fd = evdev_device_fd(entry->device);

	entry->watch.fd = fd;
	entry->watch.events = POLLIN;
	entry->watch.edge = is_input_device(fd);
	entry->watch.ready = entry_ready;
	return loop_add(entry->set->loop, &entry->watch);
}

/* At a fixed rate nobody waits. */
static int begin_to_wait(struct evdev_entry *entry)
{
	unsigned int steps = evdev_device_step(entry->device, 0, &entry->pad);

	if (steps & EVDEV_GONE)
		return -ENODEV;
	entry->watch = (struct loop_watch){ .again = steps & EVDEV_MORE };
	return entry->set->options.poll_us ? 0 : wait_for(entry);
}

/* From here on the sink knows it. */
static int begin(struct evdev_entry *entry)
{
	struct evdev_set *set = entry->set;
	int ret = begin_to_wait(entry);

	if (ret < 0) {
		tool_say("cannot read %s: %s", entry->path, strerror(-ret));
		let_go(entry);
		return ret;
	}
	entry->number = ++set->last;
	set->sink.connect(set->sink.data, entry->number,
			  evdev_device_is_recognised(entry->device),
			  &entry->pad);
	return 0;
}

/* ---- a device that is new ----------------------------------------------- */

static struct evdev_entry *find(struct evdev_set *set, const char *path)
{
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->entries[i].device && !strcmp(set->entries[i].path, path))
			return &set->entries[i];
	return NULL;
}

static struct evdev_entry *find_free(struct evdev_set *set)
{
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (!set->entries[i].device)
			return &set->entries[i];
	if (!set->said_full)
		tool_say("there are %d gamepads already: no more are opened",
			 EVDEV_SET_MAX);
	set->said_full = true;
	return NULL;
}

/* Under another name it is the same device. */
static bool is_open(struct evdev_set *set, const struct stat *status)
{
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->entries[i].device && S_ISCHR(status->st_mode) &&
		    set->entries[i].status.st_rdev == status->st_rdev)
			return true;
	return false;
}

static enum evdev_class class_of(const struct evdev_device *device)
{
	return evdev_classify(evdev_device_info(device));
}

/* Is @a another face of the gamepad @b? */
static bool belongs_to(const struct evdev_device *a,
		       const struct evdev_device *b)
{
	return evdev_device_group(a)[0] != '\0' &&
	       !strcmp(evdev_device_group(a), evdev_device_group(b)) &&
	       class_of(a) != EVDEV_CLASS_GAMEPAD &&
	       class_of(b) == EVDEV_CLASS_GAMEPAD;
}

static bool has_better(struct evdev_set *set, const struct evdev_device *device)
{
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->entries[i].device &&
		    belongs_to(device, set->entries[i].device))
			return true;
	return false;
}

static void drop_worse(struct evdev_set *set, const struct evdev_device *device)
{
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->entries[i].device &&
		    belongs_to(set->entries[i].device, device))
			drop(&set->entries[i]);
}

static int open_device(struct evdev_set *set, const char *path,
		       struct evdev_device **ret_device)
{
	int ret = evdev_device_open(path, set->options.mappings, ret_device);

	if (ret == -EACCES)
		snprintf(set->denied, sizeof(set->denied), "%s", path);
	if (ret < 0 || !has_better(set, *ret_device))
		return ret;
	evdev_device_close(*ret_device);
	return -EMEDIUMTYPE;
}

/* 0, or why there is no new gamepad at @path. */
static int take_in(struct evdev_set *set, const char *path)
{
	struct evdev_device *device;
	struct evdev_entry *entry = find_free(set);
	struct stat status;
	int ret;

	if (!entry)
		return -ENOSPC;
	if (stat(path, &status) < 0)
		return -errno;
	if (is_open(set, &status))
		return -EEXIST;
	ret = open_device(set, path, &device);
	if (ret < 0)
		return ret;
	drop_worse(set, device);
	*entry = (struct evdev_entry){
		.set = set,
		.device = device,
		.path = strdup(path),
		.status = status,
	};
	if (!entry->path) {
		let_go(entry);
		return -ENOMEM;
	}
	return 0;
}

/* ---- what comes and goes ------------------------------------------------ */

/* Not what was opened any more? */
static bool is_stale(const struct evdev_entry *entry)
{
	struct stat status;

	return stat(entry->path, &status) < 0 ||
	       status.st_dev != entry->status.st_dev ||
	       status.st_ino != entry->status.st_ino ||
	       status.st_rdev != entry->status.st_rdev;
}

int evdev_set_look_at(struct evdev_set *set, const char *path)
{
	struct evdev_entry *entry = find(set, path);
	int ret;

	if (entry && !is_stale(entry))
		return 0;
	if (entry)
		drop(entry);
	ret = take_in(set, path);
	if (ret < 0 || !set->loop)
		return ret;
	entry = find(set, path);
	ret = begin(entry);
	if (ret == 0)
		say_of(entry, "is connected");
	return ret;
}

/* The number of an event node, or -1. */
static int node_number(const char *name)
{
	char *end;
	long number;

	if (strncmp(name, "event", 5) || name[5] < '0' || name[5] > '9')
		return -1;
	number = strtol(name + 5, &end, 10);
	return *end || number > INT_MAX - 1 ? -1 : (int)number;
}

/* The lowest number above @after, or INT_MAX: folders have no order. */
static int next_node(const struct evdev_set *set, int after)
{
	DIR *folder = opendir(set->folder);
	struct dirent *entry;
	int next = INT_MAX;

	if (!folder)
		return INT_MAX;
	while ((entry = readdir(folder))) {
		int number = node_number(entry->d_name);

		if (number > after && number < next)
			next = number;
	}
	closedir(folder);
	return next;
}

static bool path_of(const struct evdev_set *set, int number,
		    char ret_path[PATH_MAX])
{
	return number >= 0 && (size_t)snprintf(ret_path, PATH_MAX, "%s/event%d",
					       set->folder, number) < PATH_MAX;
}

/* In the order in which they were plugged in, more or less. */
static void look_at_all(struct evdev_set *set)
{
	char path[PATH_MAX];

	for (int n = next_node(set, -1); n != INT_MAX; n = next_node(set, n))
		if (path_of(set, n, path))
			evdev_set_look_at(set, path);
}

static void drop_stale(struct evdev_set *set)
{
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->entries[i].device && is_stale(&set->entries[i]))
			drop(&set->entries[i]);
}

void evdev_set_look(struct evdev_set *set)
{
	drop_stale(set);
	if (set->options.device)
		evdev_set_look_at(set, set->options.device);
	else
		look_at_all(set);
}

void evdev_set_came(struct evdev_set *set, const char *name)
{
	char path[PATH_MAX];

	if (path_of(set, node_number(name), path))
		evdev_set_look_at(set, path);
}

void evdev_set_went(struct evdev_set *set, const char *name)
{
	struct evdev_entry *entry;
	char path[PATH_MAX];

	if (!path_of(set, node_number(name), path))
		return;
	entry = find(set, path);
	if (entry)
		drop(entry);
}

/* ---- all of them -------------------------------------------------------- */

void evdev_set_start(struct evdev_set *set, struct loop *loop,
		     const struct source_sink *sink)
{
	set->loop = loop;
	set->sink = *sink;
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->entries[i].device)
			begin(&set->entries[i]);
}

void evdev_set_read(struct evdev_set *set)
{
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->entries[i].device)
			step(&set->entries[i], 0);
}

static struct evdev_entry *find_number(struct evdev_set *set, uint64_t number)
{
	for (size_t i = 0; i < EVDEV_SET_MAX && number; i++)
		if (set->entries[i].number == number)
			return &set->entries[i];
	return NULL;
}

/* Those that there are, and those that do not come to an end. */
static size_t count_shakers(struct evdev_set *set)
{
	size_t count = 0;

	for (size_t i = 0; i < EVDEV_SET_MAX; i++) {
		if (set->ending[i] && evdev_shaker_is_over(set->ending[i], 0))
			set->ending[i] = NULL;
		count += set->entries[i].shaker != NULL;
		count += set->ending[i] != NULL;
	}
	return count;
}

static int start_shaker(struct evdev_entry *entry)
{
	if (count_shakers(entry->set) >= EVDEV_SET_MAX)
		return -EAGAIN;
	return evdev_shaker_start(entry->device, &entry->shaker);
}

int evdev_set_play(struct evdev_set *set, uint64_t number,
		   const struct sealmem_gamepad_effect *effect)
{
	struct evdev_entry *entry = find_number(set, number);
	int ret = entry ? evdev_device_may_play(entry->device) : -ENOENT;

	if (ret == 0 && !entry->shaker)
		ret = start_shaker(entry);
	if (ret == 0)
		evdev_shaker_play(entry->shaker, effect);
	return ret;
}

unsigned int evdev_set_count(const struct evdev_set *set)
{
	unsigned int count = 0;

	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		count += set->entries[i].device != NULL;
	return count;
}

void evdev_set_describe(const struct evdev_set *set, char *ret_text,
			size_t size)
{
	ret_text[0] = '\0';
	for (size_t i = 0; i < EVDEV_SET_MAX && !ret_text[0]; i++)
		if (set->entries[i].device)
			describe(&set->entries[i], ret_text, size);
}

void evdev_set_close(struct evdev_set *set)
{
	unsigned int wait_ms = END_MS;

	for (size_t i = 0; i < EVDEV_SET_MAX; i++) {
		if (set->loop && set->entries[i].device)
			loop_remove(set->loop, &set->entries[i].watch);
		let_go(&set->entries[i]);
	}
	for (size_t i = 0; i < EVDEV_SET_MAX; i++)
		if (set->ending[i] &&
		    evdev_shaker_is_over(set->ending[i], wait_ms))
			set->ending[i] = NULL;
		else if (set->ending[i])
			wait_ms = 0;
}
