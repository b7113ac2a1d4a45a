/* SPDX-License-Identifier: MIT */
/* A pad as one line of members, for pipes and for grep. */
#include <inttypes.h>
#include <stdio.h>

#include "tools/gamepad/pad_text.h"
#include "tools/gamepad/watch.h"
#include "tools/text.h"

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

static void print_touches(const struct sealmem_gamepad *pad)
{
	if (pad->touch_count)
		printf(" touches=");
	for (uint32_t i = 0; i < pad->touch_count; i++)
		printf("%s%" PRIu32 ":%+.3f:%+.3f", i ? "," : "",
		       pad->touches[i].touch_id, (double)pad->touches[i].x,
		       (double)pad->touches[i].y);
}

/* What does not move. */
static void print_nature(const struct sealmem_gamepad *pad)
{
	char id[4 * SEALMEM_GAMEPAD_ID_SIZE];

	text_escape(pad->id, id, sizeof(id));
	if (pad->hand)
		printf(" hand=%s", pad_hand_text(pad));
	if (pad->actuator)
		printf(" actuator=%s", pad_actuator_text(pad));
	printf(" mapping=%s id=\"%s\"", pad_mapping_text(pad), id);
}

void watch_line(uint32_t index, const struct sealmem_gamepad *pad)
{
	printf("pad=%" PRIu32 " connected=%d", index, pad->connected != 0);
	if (pad->connected) {
		print_axes(pad);
		print_pressed(pad);
		print_counts(pad);
		print_touches(pad);
		printf(" event_us=%" PRIu64 " publish_us=%" PRIu64
		       " connection=%" PRIu32 " sequence=%" PRIu64,
		       pad->event_time_us, pad->publish_time_us,
		       pad->connection, pad->sequence);
		print_nature(pad);
	}
	putchar('\n');
}
