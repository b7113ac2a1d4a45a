/* SPDX-License-Identifier: MIT */
/* Opens the source that was asked for, with the mappings there are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/gamepad/serve_source.h"
#include "tools/tool.h"

/* ---- mappings ----------------------------------------------------------- */

static bool are_equal(const struct mapping_table *a,
		      const struct mapping_table *b)
{
	return a->count == b->count &&
	       (a->count == 0 || !memcmp(a->mappings, b->mappings,
					 a->count * sizeof(*a->mappings)));
}

/* ---- the source --------------------------------------------------------- */

#ifdef HAVE_LIBEVDEV
static bool open_evdev(const struct source_options *options, bool quiet,
		       struct source *ret_source)
{
	return options->replay ?
		       source_replay_open(options, ret_source) :
		       source_evdev_open(options, quiet, ret_source);
}
#else
static bool open_evdev(const struct source_options *options, bool quiet,
		       struct source *ret_source)
{
	(void)options;
	snprintf(ret_source->name, sizeof(ret_source->name),
		 "built without libevdev");
	if (!quiet)
		tool_say("built without libevdev, which real gamepads need: "
			 "install libevdev-dev (or your system's package of "
			 "it), then build sealmem again");
	return false;
}
#endif

/* @kind becomes what it is if it was SERVE_AUTO. */
static bool open_source(const struct source_options *options,
			enum serve_kind *kind, struct source *ret_source)
{
	if (options->device || options->replay)
		*kind = SERVE_EVDEV;
	if (*kind == SERVE_EVDEV)
		return open_evdev(options, false, ret_source);
	if (*kind == SERVE_AUTO && open_evdev(options, true, ret_source)) {
		*kind = SERVE_EVDEV;
		return true;
	}
	if (*kind == SERVE_AUTO)
		tool_say("%s, so the pads are synthetic", ret_source->name);
	*kind = SERVE_SYNTHETIC;
	return source_synthetic_open(options, ret_source);
}

/* Takes the mappings, or frees them. */
static bool open_with(const struct serve_options *options,
		      enum serve_kind kind, struct mapping_table *mappings,
		      struct serve_source *ret_source)
{
	struct source_options wanted = options->source;

	wanted.mappings = mappings;
	ret_source->mappings = mappings;
	ret_source->kind = kind;
	if (open_source(&wanted, &ret_source->kind, &ret_source->source))
		return true;
	mapping_table_close(mappings);
	*ret_source = (struct serve_source){ 0 };
	return false;
}

bool serve_source_open(const struct serve_options *options,
		       struct serve_source *ret_source)
{
	struct mapping_table *mappings = mapping_table_open(options->mappings);

	return mappings &&
	       open_with(options, options->kind, mappings, ret_source);
}

/* The old one stays open until there is a new one. */
bool serve_source_renew(const struct serve_options *options,
			const struct serve_source *source,
			struct serve_source *ret_source)
{
	struct mapping_table *mappings = mapping_table_open(options->mappings);

	if (!mappings) {
		tool_say("mappings stay as they were");
		return false;
	}
	if (are_equal(mappings, source->mappings)) {
		mapping_table_close(mappings);
		return false;
	}
	return open_with(options, source->kind, mappings, ret_source);
}

void serve_source_close(struct serve_source *source)
{
	if (source->source.close)
		source->source.close(&source->source);
	mapping_table_close(source->mappings);
	*source = (struct serve_source){ 0 };
}
