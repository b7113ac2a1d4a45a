/* SPDX-License-Identifier: MIT */
/* A pad as one line of members, for pipes and for grep. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/text.h"
#include "tools/gamepad/watch_view.h"

static void print_axes(const struct sealmem_gamepad *pad)
{
	printf(" axes=");
	for (uint32_t i = 0; i < pad->axis_count; i++)
		printf("%s%+.3f", i ? "," : "", (double)pad->axes[i]);
}

/* Buttons that are down, and how far the analog ones are. */
static void print_pressed(const struct sealmem_gamepad *pad)
{
	const char *comma = "";

	printf(" pressed=");
	for (uint32_t i = 0; i < pad->button_count; i++) {
		const struct sealmem_gamepad_button *button = &pad->buttons[i];

		if (!button->pressed)
			continue;
		printf("%s%" PRIu32, comma, i);
		if (button->value < 1)
			printf("(%.2f)", (double)button->value);
		comma = ",";
	}
}

static void print_counts(const struct sealmem_gamepad *pad)
{
	printf(" press_counts=");
	for (uint32_t i = 0; i < pad->button_count; i++)
		printf("%s%" PRIu32, i ? "," : "",
		       pad->buttons[i].press_count);
}

void view_line(uint32_t index, const struct sealmem_gamepad *pad)
{
	char id[4 * SEALMEM_GAMEPAD_ID_SIZE];

	printf("pad=%" PRIu32 " connected=%d", index, pad->connected != 0);
	if (pad->connected) {
		text_escape(pad->id, id, sizeof(id));
		print_axes(pad);
		print_pressed(pad);
		print_counts(pad);
		printf(" event_us=%" PRIu64 " publish_us=%" PRIu64
		       " mapping=%s id=\"%s\"",
		       pad->event_time_us, pad->publish_time_us,
		       pad->mapping ? "standard" : "none", id);
	}
	putchar('\n');
}
