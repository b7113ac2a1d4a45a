/* SPDX-License-Identifier: MIT */
/* Members of a pad in words, the same wherever pads are shown. */
#ifndef SEALMEM_TOOLS_PAD_TEXT_H
#define SEALMEM_TOOLS_PAD_TEXT_H

#include <sealmem/gamepad.h>

/* Of values that a reader has let through. */
const char *pad_mapping_text(const struct sealmem_gamepad *pad);
const char *pad_hand_text(const struct sealmem_gamepad *pad);
const char *pad_actuator_text(const struct sealmem_gamepad *pad);

#endif
