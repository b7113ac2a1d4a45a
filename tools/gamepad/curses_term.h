/* SPDX-License-Identifier: MIT */
/* Can standard output be drawn on? */
#ifndef SEALMEM_TOOLS_CURSES_TERM_H
#define SEALMEM_TOOLS_CURSES_TERM_H

#include <stdbool.h>

/* Any terminal will do that can put text at a place. */
bool curses_can_draw(void);

#endif
