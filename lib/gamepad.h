/* SPDX-License-Identifier: MIT */
/* What a gamepad provider needs of the gamepad buffer beside its API. */
#ifndef LIB_GAMEPAD_H
#define LIB_GAMEPAD_H

#include <sealmem/gamepad.h>

/* May it be written? */
bool gamepad_is_valid(const struct sealmem_gamepad *pad);

#endif
