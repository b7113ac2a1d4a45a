/* SPDX-License-Identifier: MIT */
/* One pad on the screen. */
#ifndef SEALMEM_TOOLS_CURSES_PAD_H
#define SEALMEM_TOOLS_CURSES_PAD_H

#include <curses.h>

#include <sealmem/gamepad.h>

/* Colours, where there are some; else they do nothing. */
enum curses_colour {
	CURSES_PLAIN = 0,
	CURSES_DOWN,
	CURSES_TITLE,
	CURSES_WARNING,
};

/*
 * Text that is cut at the right edge: valid UTF-8, or for a terminal that has
 * none, with what is beyond ASCII as \xNN.
 */
void curses_text(WINDOW *window, int row, int column, const char *text);

/* Rows that a pad takes: with pictures of its sticks, and @small without. */
int curses_pad_rows(const struct sealmem_gamepad *pad, bool small);

/* From row 0 of @window on; what does not fit is left out. */
void curses_pad(WINDOW *window, uint32_t index,
		const struct sealmem_gamepad *pad, bool small);

#endif
