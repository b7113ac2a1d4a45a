/* SPDX-License-Identifier: MIT */
#include "tools/gamepad/pad_text.h"

const char *pad_mapping_text(const struct sealmem_gamepad *pad)
{
	return pad->mapping == SEALMEM_GAMEPAD_MAPPING_STANDARD ? "standard" :
								  "none";
}

const char *pad_hand_text(const struct sealmem_gamepad *pad)
{
	switch (pad->hand) {
	case SEALMEM_GAMEPAD_HAND_LEFT:
		return "left";
	case SEALMEM_GAMEPAD_HAND_RIGHT:
		return "right";
	default:
		return "none";
	}
}

const char *pad_actuator_text(const struct sealmem_gamepad *pad)
{
	switch (pad->actuator) {
	case SEALMEM_GAMEPAD_ACTUATOR_DUAL_RUMBLE:
		return "dual-rumble";
	case SEALMEM_GAMEPAD_ACTUATOR_TRIGGER_RUMBLE:
		return "trigger-rumble";
	default:
		return "none";
	}
}
