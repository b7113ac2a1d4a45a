/* SPDX-License-Identifier: MIT */
/* `sealmem gamepad list`: what event nodes there are, and what they are. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/gamepad/evdev_group.h"
#include "tools/gamepad/evdev_map.h"
#include "tools/gamepad/evdev_node.h"
#include "tools/gamepad/list.h"
#include "tools/gamepad/mapping_text.h"
#include "tools/json_output.h"
#include "tools/text.h"
#include "tools/tool.h"

#define INPUT_FOLDER	"/dev/input"

_Static_assert(sizeof(((struct listed *)0)->group) == EVDEV_GROUP_SIZE, "");

static const char synopsis[] = "sealmem gamepad list [OPTION]...";

static const char help[] =
"Usage: sealmem gamepad list [OPTION]...\n"
"Shows every event node in " INPUT_FOLDER ": what it is, and if it is a pad,\n"
"what its layout is taken for. Nodes with the same letter under DEV belong to\n"
"one device.\n"
"\n"
"      --mappings FILE  descriptions of pads in SDL's words, of which those in\n"
"                       SDL_GAMECONTROLLERCONFIG are added, as serve reads them\n"
"      --json           one JSON object for each node\n"
"      --help           this text\n"
"\n"
"Exit status: 0 if there is a pad; 1 if there is none, or on failure; 2 wrong\n"
"usage.\n";

/**
 * struct list_options - From the command line
 * @mappings: A file of descriptions of pads; NULL: none
 * @json: Not for people
 */
struct list_options {
	const char *mappings;
	bool json;
};

/**
 * struct list - All nodes
 * @mappings: What the user says of pads
 * @nodes: In the order of their numbers
 * @count: How many
 * @denied: How many this user may not read
 * @pads: How many pads are among them
 */
struct list {
	struct mapping_table *mappings;
	struct listed *nodes;
	size_t count;
	size_t denied;
	size_t pads;
};

/* ---- asking ------------------------------------------------------------- */

static void describe(const struct libevdev *device,
		     const struct mapping_table *mappings,
		     struct listed *listed)
{
	enum evdev_class node_class = evdev_classify(device);
	struct evdev_map map;

	listed->bus = libevdev_get_id_bustype(device);
	listed->vendor = libevdev_get_id_vendor(device);
	listed->product = libevdev_get_id_product(device);
	listed->version = libevdev_get_id_version(device);
	listed->class_text = evdev_class_text(node_class);
	listed->pad = evdev_class_is_pad(node_class);
	snprintf(listed->name, sizeof(listed->name), "%s",
		 libevdev_get_name(device));
	evdev_group(device, listed->node, listed->group);
	if (!listed->pad)
		return;
	evdev_map_init(&map, device, mappings);
	snprintf(listed->family, sizeof(listed->family), "%s",
		 evdev_map_family(&map));
	listed->standard = map.mapping == SEALMEM_GAMEPAD_MAPPING_STANDARD;
}

static void ask(const struct mapping_table *mappings, struct listed *listed)
{
	int fd = open(listed->node,
		      O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	struct libevdev *device;
	int ret;

	if (fd < 0) {
		listed->error = errno;
		return;
	}
	ret = libevdev_new_from_fd(fd, &device);
	if (ret < 0) {
		listed->error = -ret;
	} else {
		describe(device, mappings, listed);
		libevdev_free(device);
	}
	close(fd);
}

static bool add_node(struct list *list, const char *name)
{
	struct listed *nodes;

	nodes = realloc(list->nodes, (list->count + 1) * sizeof(*nodes));
	if (!nodes)
		return false;
	list->nodes = nodes;
	nodes += list->count++;
	*nodes = (struct listed){ 0 };
	snprintf(nodes->node, sizeof(nodes->node), INPUT_FOLDER "/%s", name);
	return true;
}

static int by_number(const void *a, const void *b)
{
	return strverscmp(((const struct listed *)a)->node,
			  ((const struct listed *)b)->node);
}

/* All that there is, in order. False without memory. */
static bool find_nodes(struct list *list)
{
	DIR *folder = opendir(INPUT_FOLDER);
	struct dirent *entry;
	bool good = true;

	if (!folder)
		return true;
	while (good && (entry = readdir(folder)))
		if (!strncmp(entry->d_name, "event", 5))
			good = add_node(list, entry->d_name);
	closedir(folder);
	if (list->count)
		qsort(list->nodes, list->count, sizeof(*list->nodes),
		      by_number);
	return good;
}

static void ask_all(struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		ask(list->mappings, &list->nodes[i]);
		list->pads += list->nodes[i].pad;
		list->denied += list->nodes[i].error == EACCES;
	}
}

/* ---- telling ------------------------------------------------------------ */

/* The first node of the same device: itself if it is the first one. */
static size_t first_of_group(const struct list *list, size_t index)
{
	const struct listed *listed = &list->nodes[index];

	for (size_t i = 0; i < index; i++)
		if (listed->group[0] &&
		    !strcmp(list->nodes[i].group, listed->group))
			return i;
	return index;
}

/* A letter for each device, after the last of which comes a plus. */
static char letter(const struct list *list, size_t index)
{
	size_t first = first_of_group(list, index), before = 0;

	for (size_t i = 0; i < first; i++)
		before += !list->nodes[i].error &&
			  first_of_group(list, i) == i;
	return before < 26 ? (char)('A' + before) : '+';
}

static void print_node(const struct list *list, size_t index)
{
	const struct listed *listed = &list->nodes[index];
	char name[4 * sizeof(listed->name)], node[4 * sizeof(listed->node)];

	text_escape(listed->node, node, sizeof(node));
	if (listed->error) {
		printf("%-19s -    -                    %s\n", node,
		       listed->error == EACCES ? "this user may not read it" :
		       listed->error == ENOTTY ? "not an input device" :
						 strerror(listed->error));
		return;
	}
	text_escape(listed->name, name, sizeof(name));
	printf("%-19s %c    %04x:%04x:%04x:%04x  %s%-20s %-18s \"%s\"\n",
	       node, letter(list, index), (unsigned int)listed->bus,
	       (unsigned int)listed->vendor, (unsigned int)listed->product,
	       (unsigned int)listed->version, listed->pad ? "" : "no pad: ",
	       listed->class_text, listed->pad ? listed->family : "-", name);
}

static void print_table(const struct list *list)
{
	if (list->count)
		printf("%-19s %-4s %-20s %-20s %-18s %s\n", "NODE", "DEV",
		       "BUS:VENDOR:PRODUCT:V", "WHAT IT IS", "LAYOUT", "NAME");
	for (size_t i = 0; i < list->count; i++)
		print_node(list, i);
}

static bool print_json(const struct list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		if (json_listed_print(&list->nodes[i]))
			continue;
		tool_say("out of memory");
		return false;
	}
	return true;
}

static void say_what_is_missing(const struct list *list)
{
	if (!list->count)
		tool_say("no event node in " INPUT_FOLDER);
	else if (!list->pads)
		tool_say("no gamepad%s", list->denied ?
			 " that this user may read" : "");
	if (list->denied)
		tool_say("%zu of %zu nodes may not be read: join the group "
			 "input (usermod -aG input USER), or ask as root",
			 list->denied, list->count);
}

static bool show(const struct list *list, bool json)
{
	if (json && !print_json(list))
		return false;
	if (!json)
		print_table(list);
	if (tool_flush() != TOOL_GOOD)
		return false;
	say_what_is_missing(list);
	return list->pads > 0;
}

static bool list_nodes(struct list *list, bool json)
{
	if (!find_nodes(list)) {
		tool_say("out of memory");
		return false;
	}
	ask_all(list);
	return show(list, json);
}

static int list_with(const struct list_options *options)
{
	struct list list = { 0 };
	bool good;

	if (options->json && !tool_has_json())
		return TOOL_USAGE;
	list.mappings = mapping_table_open(options->mappings);
	good = list.mappings && list_nodes(&list, options->json);
	mapping_table_close(list.mappings);
	free(list.nodes);
	return good ? TOOL_GOOD : TOOL_FAILED;
}

static bool parse_option(void *data, int option)
{
	struct list_options *options = data;

	if (option == 'm')
		return (options->mappings = optarg) != NULL;
	return option == 'j' && (options->json = true);
}

int list_main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "mappings", required_argument, NULL, 'm' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static const struct tool_syntax syntax = {
		synopsis, help, "h", long_options, parse_option,
	};
	struct list_options options = { 0 };
	int ret = tool_parse(&syntax, argc, argv, &options);

	return ret == TOOL_GO_ON ? list_with(&options) : ret;
}
