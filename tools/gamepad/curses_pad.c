/* SPDX-License-Identifier: MIT */
/*
 * A pad in a window of its own. With pictures:
 *
 *	0  NAME (STANDARD GAMEPAD ...)  standard, connection 1, sequence 120
 *	+---------+ +---------+   0    1    2    3    4    5    6.42 7    8
 *	|    o    | |         |   12    0    3    1    0    0    2    0    0
 *	...
 *	+0.00 +0.31 -1.00 +0.00
 *
 * The upper number is the button, bright while it is down and with its value
 * if that is in between; the lower one counts its presses.
 */
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "tools/gamepad/curses_pad.h"
#include "tools/gamepad/pad_text.h"
#include "tools/text.h"

#define STICK_COLUMNS	11
#define STICK_ROWS	7
/* Two sticks, each with a blank after it. */
#define BUTTONS_AT	(2 * (STICK_COLUMNS + 1) + 2)
#define CELL		5
#define CELLS		9

/* Axes in a row, and rows of a pad without pictures. */
#define ROW_AXES	6
#define ROWS_SMALL	3

/* ---- text --------------------------------------------------------------- */

static void text_without_utf8(WINDOW *window, int row, int column,
			      const char *text)
{
	int width = getmaxx(window) - column;

	wmove(window, row, column);
	for (; *text && width > 0; text++, width--) {
		if (!(*text & 0x80))
			waddch(window, (unsigned char)*text);
		else if (width < 4)
			return;
		else
			wprintw(window, "\\x%02x", (unsigned char)*text);
		width -= *text & 0x80 ? 3 : 0;
	}
}

void curses_text(WINDOW *window, int row, int column, const char *text)
{
	wchar_t wide[1024];
	int width = getmaxx(window) - column;
	size_t length;

	if (row < 0 || row >= getmaxy(window) || width <= 0)
		return;
	if (strcmp(nl_langinfo(CODESET), "UTF-8")) {
		text_without_utf8(window, row, column, text);
		return;
	}
	length = mbstowcs(wide, text, sizeof(wide) / sizeof(wide[0]) - 1);
	if (length == (size_t)-1)
		return;
	/* Some characters take two columns, some none. */
	while (length && wcswidth(wide, length) > width)
		length--;
	mvwaddnwstr(window, row, column, wide, (int)length);
}

/* ---- sticks ------------------------------------------------------------- */

/* Where in so many cells a value of -1 to 1 is. */
static int cell_of(float value, int cells)
{
	int cell = (int)((value + 1) / 2 * (float)cells);

	return cell < cells ? cell : cells - 1;
}

static void draw_stick(WINDOW *window, int column, float x, float y)
{
	WINDOW *frame = derwin(window, STICK_ROWS, STICK_COLUMNS, 1, column);

	/* No room for it. */
	if (!frame)
		return;
	box(frame, 0, 0);
	mvwaddch(frame, STICK_ROWS / 2, STICK_COLUMNS / 2, '.');
	wattron(frame, A_BOLD | COLOR_PAIR(CURSES_DOWN));
	mvwaddch(frame, 1 + cell_of(y, STICK_ROWS - 2),
		 1 + cell_of(x, STICK_COLUMNS - 2), 'O');
	wattroff(frame, A_BOLD | COLOR_PAIR(CURSES_DOWN));
	delwin(frame);
}

static void draw_sticks(WINDOW *window, const struct sealmem_gamepad *pad)
{
	char text[32];

	for (int i = 0; i < 2 && pad->axis_count >= 2u * (unsigned)i + 2; i++) {
		float x = pad->axes[2 * i], y = pad->axes[2 * i + 1];
		int column = i * (STICK_COLUMNS + 1);

		draw_stick(window, column, x, y);
		snprintf(text, sizeof(text), "%+.2f %+.2f", (double)x,
			 (double)y);
		curses_text(window, 1 + STICK_ROWS, column, text);
	}
}

/* ---- the rest ----------------------------------------------------------- */

static void draw_id(WINDOW *window, uint32_t index,
		    const struct sealmem_gamepad *pad)
{
	char id[4 * SEALMEM_GAMEPAD_ID_SIZE], text[sizeof(id) + 160];

	text_escape(pad->id, id, sizeof(id));
	snprintf(text, sizeof(text), "%u  %s", index, id);
	wattron(window, A_BOLD | COLOR_PAIR(CURSES_TITLE));
	curses_text(window, 0, 0, text);
	wattroff(window, A_BOLD | COLOR_PAIR(CURSES_TITLE));
}

static void describe(const struct sealmem_gamepad *pad, char *text, size_t size)
{
	snprintf(text, size, "%s layout, connection %u, sequence %llu%s%s%s%s",
		 pad->mapping ? "standard" : "own", pad->connection,
		 (unsigned long long)pad->sequence,
		 pad->actuator ? ", " : "",
		 pad->actuator ? pad_actuator_text(pad) : "",
		 pad->hand ? ", hand: " : "",
		 pad->hand ? pad_hand_text(pad) : "");
}

static void draw_button(WINDOW *window, int row, int column, uint32_t index,
			const struct sealmem_gamepad_button *button)
{
	attr_t look = button->pressed ? A_REVERSE | A_BOLD :
		      button->touched ? A_UNDERLINE : A_NORMAL;
	char text[32];

	snprintf(text, sizeof(text), "%2u", index);
	if (button->value > 0 && button->value < 1)
		snprintf(text, sizeof(text), "%2u.%02d", index,
			 (int)(button->value * 99.0f));
	if (button->pressed)
		look |= COLOR_PAIR(CURSES_DOWN);
	wattron(window, look);
	curses_text(window, row, column, text);
	wattroff(window, look);
	snprintf(text, sizeof(text), "%2u", button->press_count % 10000);
	curses_text(window, row + 1, column, text);
}

static void draw_buttons(WINDOW *window, int row, int column,
			const struct sealmem_gamepad *pad)
{
	for (uint32_t i = 0; i < pad->button_count; i++) {
		int at = column + CELL * (int)(i % CELLS);

		draw_button(window, row + 2 * (int)(i / CELLS), at, i,
			    &pad->buttons[i]);
	}
}

/* From @first to @end. */
static void draw_axes(WINDOW *window, int row, int column,
		      const struct sealmem_gamepad *pad, uint32_t first,
		      uint32_t end)
{
	char text[16 * SEALMEM_GAMEPAD_AXES] = "";
	size_t size = 0;

	for (uint32_t i = first; i < end; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 "%2u:%+.2f ", i,
					 (double)pad->axes[i]);
	curses_text(window, row, column, text);
}

/* Those beyond the sticks. */
static void draw_more_axes(WINDOW *window, int row,
			   const struct sealmem_gamepad *pad)
{
	for (uint32_t i = 4; i < pad->axis_count; i += ROW_AXES) {
		uint32_t end = i + ROW_AXES < pad->axis_count ?
				       i + ROW_AXES : pad->axis_count;

		draw_axes(window, row++, BUTTONS_AT, pad, i, end);
	}
}

static void draw_touches(WINDOW *window, int row, int column,
			 const struct sealmem_gamepad *pad)
{
	char text[48 * SEALMEM_GAMEPAD_TOUCHES] = "touches";
	size_t size = strlen(text);

	for (uint32_t i = 0; i < pad->touch_count; i++)
		size += (size_t)snprintf(text + size, sizeof(text) - size,
					 " %u:%+.2f,%+.2f",
					 pad->touches[i].touch_id,
					 (double)pad->touches[i].x,
					 (double)pad->touches[i].y);
	if (pad->touch_count)
		curses_text(window, row, column, text);
}

/* Rows of buttons, two for each line of them. */
static int button_rows(const struct sealmem_gamepad *pad)
{
	return 2 * (int)((pad->button_count + CELLS - 1) / CELLS);
}

static int axis_rows(const struct sealmem_gamepad *pad)
{
	return pad->axis_count <= 4 ? 0 :
	       (int)((pad->axis_count - 4 + ROW_AXES - 1) / ROW_AXES);
}

int curses_pad_rows(const struct sealmem_gamepad *pad, bool small)
{
	int left = STICK_ROWS + 1;
	int right = button_rows(pad) + axis_rows(pad) +
		    (pad->touch_count > 0) + 1;

	if (small)
		return ROWS_SMALL;
	return 1 + (left > right ? left : right);
}

static void draw_large(WINDOW *window, const struct sealmem_gamepad *pad)
{
	int row = 1 + button_rows(pad);
	char text[160];

	draw_sticks(window, pad);
	draw_buttons(window, 1, BUTTONS_AT, pad);
	draw_more_axes(window, row, pad);
	draw_touches(window, row + axis_rows(pad), BUTTONS_AT, pad);
	describe(pad, text, sizeof(text));
	curses_text(window, curses_pad_rows(pad, false) - 1, BUTTONS_AT, text);
}

/* What is down, and all presses together. */
static void draw_small(WINDOW *window, const struct sealmem_gamepad *pad)
{
	char down[4 * SEALMEM_GAMEPAD_BUTTONS + 8] = "down";
	char rest[160];
	char text[sizeof(down) + sizeof(rest) + 32];
	size_t size = strlen(down);
	uint32_t presses = 0;

	for (uint32_t i = 0; i < pad->button_count; i++) {
		presses += pad->buttons[i].press_count;
		if (pad->buttons[i].pressed)
			size += (size_t)snprintf(down + size,
						 sizeof(down) - size, " %u", i);
	}
	draw_axes(window, 1, 3, pad, 0, pad->axis_count);
	describe(pad, rest, sizeof(rest));
	snprintf(text, sizeof(text), "presses %-6u %s; %s", presses, down,
		 rest);
	curses_text(window, 2, 3, text);
}

void curses_pad(WINDOW *window, uint32_t index,
		const struct sealmem_gamepad *pad, bool small)
{
	draw_id(window, index, pad);
	if (small)
		draw_small(window, pad);
	else
		draw_large(window, pad);
}
