/* SPDX-License-Identifier: MIT */
/* The screen of the live view: figures, as many pads as fit, and notices. */
#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tools/gamepad/curses_pad.h"
#include "tools/gamepad/curses_term.h"
#include "tools/gamepad/live.h"
#include "tools/text.h"

#define NOTICES		4
#define HEAD_ROWS	4

/**
 * screen - The one there is
 * @open: It is
 * @term: As newterm() made it
 * @first: The first pad to be shown, of those connected
 * @notices: The newest is at (@noticed - 1) % NOTICES
 * @noticed: How many there were
 */
static struct {
	bool open;
	SCREEN *term;
	uint32_t first;
	char notices[NOTICES][512];
	unsigned int noticed;
} screen;

/* ---- the terminal ------------------------------------------------------- */

static void choose_colours(void)
{
	if (!has_colors() || start_color() == ERR ||
	    use_default_colors() == ERR)
		return;
	init_pair(CURSES_DOWN, COLOR_GREEN, -1);
	init_pair(CURSES_TITLE, COLOR_CYAN, -1);
	init_pair(CURSES_WARNING, COLOR_YELLOW, -1);
}

bool live_open(void)
{
	if (!curses_can_draw())
		return false;
	setlocale(LC_CTYPE, "");
	screen.term = newterm(NULL, stdout, stdin);
	if (!screen.term)
		return false;
	screen.open = true;
	choose_colours();
	cbreak();
	noecho();
	curs_set(0);
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	return true;
}

void live_close(void)
{
	if (!screen.open)
		return;
	endwin();
	delscreen(screen.term);
	screen.open = false;
}

void live_notice(const char *text)
{
	char *notice = screen.notices[screen.noticed++ % NOTICES];
	time_t now = time(NULL);
	struct tm local;
	char when[16];

	if (!localtime_r(&now, &local))
		return;
	strftime(when, sizeof(when), "%H:%M:%S", &local);
	snprintf(notice, sizeof(screen.notices[0]), "%s  %.480s", when, text);
}

/* Scrolling is bounded where it is drawn: there it is known by what. */
bool live_take_keys(bool *ret_quit)
{
	bool changed = false;
	int key;

	while ((key = getch()) != ERR) {
		changed = true;
		if (key == 'q' || key == 'Q')
			*ret_quit = true;
		else if (key == KEY_DOWN || key == 'j')
			screen.first++;
		else if ((key == KEY_UP || key == 'k') && screen.first)
			screen.first--;
		else if (key == KEY_NPAGE || key == ' ')
			screen.first += 4;
		else if (key == KEY_PPAGE)
			screen.first -= screen.first < 4 ? screen.first : 4;
		else if (key == KEY_HOME)
			screen.first = 0;
	}
	return changed;
}

/* ---- drawing ------------------------------------------------------------ */

static uint32_t connected_pads(const struct live_picture *picture)
{
	uint32_t connected = 0;

	for (uint32_t i = 0; i < picture->count; i++)
		connected += picture->pads[i].connected != 0;
	return connected;
}

static void draw_figures(int row, const char *name,
			 const struct histogram windows[2])
{
	struct histogram both = windows[0];
	char min[TEXT_TIME_SIZE], p50[TEXT_TIME_SIZE], p99[TEXT_TIME_SIZE];
	char text[160];

	histogram_merge(&both, &windows[1]);
	if (!both.count)
		snprintf(text, sizeof(text), "%-16s nothing new", name);
	else
		snprintf(text, sizeof(text),
			 "%-16s min %-9s p50 %-9s p99 %s", name,
			 text_time(both.min, min),
			 text_time(histogram_quantile(&both, 500), p50),
			 text_time(histogram_quantile(&both, 990), p99));
	curses_text(stdscr, row, 0, text);
}

static void draw_head(const struct live_picture *picture, uint32_t connected)
{
	char title[512], text[640];

	text_escape(picture->title, title, sizeof(title));
	snprintf(text, sizeof(text), "%s: %u of %u pads; q ends", title,
		 connected, picture->count);
	attron(A_BOLD);
	curses_text(stdscr, 0, 0, text);
	attroff(A_BOLD);
	snprintf(text, sizeof(text), "%-16s %llu, %.1f a second at %llu looks "
		 "a second", "states seen",
		 (unsigned long long)picture->frames,
		 figures_rate(picture->figures, picture->now_us),
		 (unsigned long long)picture->looks_hz);
	curses_text(stdscr, 1, 0, text);
	draw_figures(2, "publish to seen", picture->figures->from_publish);
	draw_figures(3, "event to seen", picture->figures->from_event);
}

static void draw_state(const struct live_picture *picture, uint32_t connected)
{
	const char *state = picture->state;

	if (!state && !connected)
		state = "no pad, or none that this reader may see: plug one "
			"in, press a button";
	if (!state)
		return;
	attron(A_BOLD | COLOR_PAIR(CURSES_WARNING));
	curses_text(stdscr, HEAD_ROWS, 0, state);
	attroff(A_BOLD | COLOR_PAIR(CURSES_WARNING));
}

/* The newest at the bottom; returns how many rows that took. */
static int draw_notices(void)
{
	unsigned int rows = LINES < 30 ? 1 : NOTICES;

	if (rows > screen.noticed)
		rows = screen.noticed;
	for (unsigned int i = 0; i < rows; i++)
		curses_text(stdscr, LINES - 1 - (int)i, 0,
			    screen.notices[(screen.noticed - 1 - i) % NOTICES]);
	return (int)rows;
}

/* In a window, so that nothing of it gets where it does not belong. */
static void draw_pad(const struct live_picture *picture, uint32_t index,
		     int row, bool small)
{
	const struct sealmem_gamepad *pad = &picture->pads[index];
	WINDOW *window = derwin(stdscr, curses_pad_rows(pad, small), COLS, row,
				0);

	/* A screen without room for it. */
	if (!window)
		return;
	curses_pad(window, index, pad, small);
	delwin(window);
}

/* All of them with pictures, a blank row between two. */
static bool has_room_for_pictures(const struct live_picture *picture, int room)
{
	for (uint32_t i = 0; i < picture->count; i++)
		if (picture->pads[i].connected)
			room -= curses_pad_rows(&picture->pads[i], false) + 1;
	return room + 1 >= 0;
}

/* How many small ones. */
static uint32_t fitting(int room)
{
	static const struct sealmem_gamepad any;

	return room > 0 ? (uint32_t)(room / curses_pad_rows(&any, true)) : 0;
}

/* From the first one that was scrolled to, as many as fit. */
static void draw_pads(const struct live_picture *picture, uint32_t connected,
		      int end)
{
	bool small = !has_room_for_pictures(picture, end - HEAD_ROWS);
	uint32_t last = small ? fitting(end - HEAD_ROWS) : connected;
	uint32_t skip;
	int row = HEAD_ROWS;

	if (screen.first + last > connected)
		screen.first = last < connected ? connected - last : 0;
	skip = screen.first;
	for (uint32_t i = 0; i < picture->count && row < end; i++) {
		int rows = curses_pad_rows(&picture->pads[i], small);

		if (!picture->pads[i].connected || (skip && skip--))
			continue;
		if (row + rows > end)
			break;
		draw_pad(picture, i, row, small);
		row += rows + !small;
	}
}

void live_draw(const struct live_picture *picture)
{
	uint32_t connected = connected_pads(picture);

	erase();
	draw_head(picture, connected);
	draw_pads(picture, connected, LINES - draw_notices());
	draw_state(picture, connected);
	refresh();
}
