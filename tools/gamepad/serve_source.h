/* SPDX-License-Identifier: MIT */
/* The source that was asked for, and the mappings that it goes by. */
#ifndef SEALMEM_TOOLS_SERVE_SOURCE_H
#define SEALMEM_TOOLS_SERVE_SOURCE_H

#include "tools/gamepad/mapping_text.h"
#include "tools/gamepad/serve_options.h"

/**
 * struct serve_source - A source and what it goes by
 * @source: Where pads come from
 * @kind: Which it is; not SERVE_AUTO
 * @mappings: What the user says of devices; allocated, since the source keeps
 *	where it is
 */
struct serve_source {
	struct source source;
	enum serve_kind kind;
	struct mapping_table *mappings;
};

/* False after a line on stderr that says why. */
bool serve_source_open(const struct serve_options *options,
		       struct serve_source *ret_source);

/*
 * Reads the mappings again. True if they are others now: then @ret_source is a
 * source that goes by them. False if all stays as it is, after a line if that is
 * because something is wrong.
 */
bool serve_source_renew(const struct serve_options *options,
			const struct serve_source *source,
			struct serve_source *ret_source);

/* An empty one is accepted. */
void serve_source_close(struct serve_source *source);

#endif
