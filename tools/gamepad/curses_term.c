/* SPDX-License-Identifier: MIT */
/*
 * What a terminal can do is asked before anything is sent to it. By itself,
 * since <term.h> makes macros of words such as lines and buttons.
 */
#include <stdbool.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

#include "tools/gamepad/curses_term.h"

bool curses_can_draw(void)
{
	bool can_move;
	int error;

	if (!isatty(STDOUT_FILENO) ||
	    setupterm(NULL, STDOUT_FILENO, &error) != OK)
		return false;
	can_move = cursor_address;
	del_curterm(cur_term);
	return can_move;
}
