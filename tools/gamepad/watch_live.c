/* SPDX-License-Identifier: MIT */
/*
 * Pads on a terminal, drawn in place: cursor home, lines that each clear their
 * rest, and a clearing of what is below. No terminal library is needed for it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/text.h"
#include "tools/gamepad/watch_view.h"

#define HOME		"\033[H"
#define CLEAR_LINE	"\033[K\n"
#define CLEAR_BELOW	"\033[J"
/* Cut long lines off; only while drawing, so that nothing is left changed. */
#define WRAP_OFF	"\033[?7l"
#define WRAP_ON		"\033[?7h"

/* As many as the standard gamepad has. */
#define ROW	17

bool view_can_draw(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal && *terminal &&
	       strcmp(terminal, "dumb");
}

static void draw_axes(const struct sealmem_gamepad *pad)
{
	printf("   axes   ");
	for (uint32_t i = 0; i < pad->axis_count; i++)
		printf(" %+.2f", (double)pad->axes[i]);
	printf(CLEAR_LINE);
}

static void draw_numbers(uint32_t first, uint32_t end)
{
	printf("   button ");
	for (uint32_t i = first; i < end; i++)
		printf(" %3" PRIu32, i);
	printf(CLEAR_LINE);
}

/* "##" is down; what is only half way down is a number. */
static void draw_button(const struct sealmem_gamepad_button *button)
{
	if (button->value > 0 && button->value < 1)
		printf(" .%02d", (int)(button->value * 99.0f));
	else
		printf("  %s", button->pressed ? "##" : " .");
}

static void draw_states(const struct sealmem_gamepad *pad, uint32_t first,
			uint32_t end)
{
	printf("   down   ");
	for (uint32_t i = first; i < end; i++)
		draw_button(&pad->buttons[i]);
	printf(CLEAR_LINE);
	printf("   presses");
	for (uint32_t i = first; i < end; i++)
		printf(" %3" PRIu32, pad->buttons[i].press_count % 1000);
	printf(CLEAR_LINE);
}

static void draw_pad(uint32_t index, const struct sealmem_gamepad *pad)
{
	char id[4 * SEALMEM_GAMEPAD_ID_SIZE];

	if (!pad->connected) {
		printf("%" PRIu32 "  -" CLEAR_LINE, index);
		return;
	}
	text_escape(pad->id, id, sizeof(id));
	printf("%" PRIu32 "  %s" CLEAR_LINE, index, id);
	draw_axes(pad);
	for (uint32_t i = 0; i < pad->button_count; i += ROW) {
		uint32_t end = pad->button_count - i < ROW ?
				       pad->button_count : i + ROW;

		draw_numbers(i, end);
		draw_states(pad, i, end);
	}
}

void view_draw(const char *title, uint64_t frames,
	       const struct sealmem_gamepad pads[SEALMEM_GAMEPAD_COUNT])
{
	printf(WRAP_OFF HOME "%s: %" PRIu64 " frames; Ctrl-C ends" CLEAR_LINE,
	       title, frames);
	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_COUNT; i++)
		draw_pad(i, &pads[i]);
	printf(CLEAR_BELOW WRAP_ON);
}
