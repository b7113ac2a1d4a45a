/* SPDX-License-Identifier: MIT */
/* `sealmem gamepad list --json`: one node, one object, one line. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tools/json_output.h"
#include "tools/text.h"
#include "tools/gamepad/list.h"

/* Any bytes, as text. */
static json_t *text_value(const char *from)
{
	char text[3 * sizeof(((struct listed *)0)->group)];

	text_to_utf8(from, text, sizeof(text));
	return json_string(text);
}

static json_t *node_object(const struct listed *listed)
{
	if (listed->error)
		return json_pack("{s:o, s:s}",
				 "node", text_value(listed->node),
				 "error", strerror(listed->error));
	return json_pack(
		"{s:o, s:o, s:i, s:i, s:i, s:i, s:b, s:s, s:s*, s:b, s:o}",
		"node", text_value(listed->node),
		"name", text_value(listed->name),
		"bus", listed->bus, "vendor", listed->vendor,
		"product", listed->product, "version", listed->version,
		"gamepad", listed->pad, "class", listed->class_text,
		"layout", listed->pad ? listed->family : NULL,
		"standard", listed->standard,
		"group", text_value(listed->group));
}

bool json_listed_print(const struct listed *listed)
{
	json_t *object = node_object(listed);
	bool printed = object &&
		       json_dumpf(object, stdout,
				  JSON_COMPACT | JSON_ENSURE_ASCII) == 0;

	json_decref(object);
	if (printed)
		putchar('\n');
	return printed;
}
