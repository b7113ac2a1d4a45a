/* SPDX-License-Identifier: MIT */
/* Effects as bytes: pure, and one rule for what goes out and what comes in. */
#include <errno.h>
#include <float.h>
#include <sealmem/gamepad_effect.h>
#include <string.h>

#include "lib/bytes.h"

#define VERSION 1

/* Offsets, as in <sealmem/gamepad_effect.h>. */
#define AT_VERSION 8
#define AT_TYPE 12
#define AT_INDEX 16
#define AT_DURATION 20
#define AT_START_DELAY 24
#define AT_STRONG 28
#define AT_WEAK 32
#define AT_LEFT_TRIGGER 36
#define AT_RIGHT_TRIGGER 40
#define AT_RESERVED 44

_Static_assert(AT_RESERVED + 4 == SEALMEM_GAMEPAD_EFFECT_SIZE,
	       "no byte left over");
_Static_assert(sizeof(float) == 4 && FLT_MANT_DIG == 24, "IEEE 754 single");

static const uint8_t magic[AT_VERSION] = "sealmfx";

/* --- ranges --------------------------------------------------------------- */

/* False for NaN too. */
static bool is_strength(float value)
{
	return value >= 0 && value <= 1;
}

static bool are_members_valid(const struct sealmem_gamepad_effect *effect)
{
	return effect->struct_size == sizeof(*effect) &&
	       effect->index < SEALMEM_GAMEPAD_COUNT_MAX &&
	       effect->duration_ms <= SEALMEM_GAMEPAD_EFFECT_MS_MAX &&
	       effect->start_delay_ms <= SEALMEM_GAMEPAD_EFFECT_MS_MAX &&
	       is_strength(effect->strong) && is_strength(effect->weak) &&
	       is_strength(effect->left_trigger) &&
	       is_strength(effect->right_trigger);
}

static bool has_no_triggers(const struct sealmem_gamepad_effect *effect)
{
	return effect->left_trigger <= 0 && effect->right_trigger <= 0;
}

static bool is_nothing(const struct sealmem_gamepad_effect *effect)
{
	return effect->duration_ms == 0 && effect->start_delay_ms == 0 &&
	       effect->strong <= 0 && effect->weak <= 0 &&
	       has_no_triggers(effect);
}

static bool is_valid(const struct sealmem_gamepad_effect *effect)
{
	if (!are_members_valid(effect))
		return false;
	switch (effect->type) {
	case SEALMEM_GAMEPAD_EFFECT_DUAL_RUMBLE:
		return has_no_triggers(effect);
	case SEALMEM_GAMEPAD_EFFECT_TRIGGER_RUMBLE:
		return true;
	case SEALMEM_GAMEPAD_EFFECT_RESET:
		return is_nothing(effect);
	default:
		return false;
	}
}

/* --- bytes ---------------------------------------------------------------- */

static void put_float(uint8_t *bytes, float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	bytes_put(bytes, bits, sizeof(bits));
}

static float get_float(const uint8_t *bytes)
{
	uint32_t bits = (uint32_t)bytes_get(bytes, sizeof(bits));
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

int sealmem_gamepad_effect_encode(const struct sealmem_gamepad_effect *effect,
				  uint8_t *ret_bytes)
{
	if (!is_valid(effect))
		return -EINVAL;
	memcpy(ret_bytes, magic, sizeof(magic));
	bytes_put(ret_bytes + AT_VERSION, VERSION, 4);
	bytes_put(ret_bytes + AT_TYPE, effect->type, 4);
	bytes_put(ret_bytes + AT_INDEX, effect->index, 4);
	bytes_put(ret_bytes + AT_DURATION, effect->duration_ms, 4);
	bytes_put(ret_bytes + AT_START_DELAY, effect->start_delay_ms, 4);
	put_float(ret_bytes + AT_STRONG, effect->strong);
	put_float(ret_bytes + AT_WEAK, effect->weak);
	put_float(ret_bytes + AT_LEFT_TRIGGER, effect->left_trigger);
	put_float(ret_bytes + AT_RIGHT_TRIGGER, effect->right_trigger);
	bytes_put(ret_bytes + AT_RESERVED, 0, 4);
	return 0;
}

static bool is_frame(const uint8_t *bytes, size_t size)
{
	return size == SEALMEM_GAMEPAD_EFFECT_SIZE &&
	       memcmp(bytes, magic, sizeof(magic)) == 0 &&
	       bytes_get(bytes + AT_VERSION, 4) == VERSION &&
	       bytes_get(bytes + AT_RESERVED, 4) == 0;
}

int sealmem_gamepad_effect_decode(const void *bytes, size_t size,
				  struct sealmem_gamepad_effect *ret_effect)
{
	struct sealmem_gamepad_effect effect;
	const uint8_t *from = bytes;

	if (!is_frame(from, size))
		return -EBADMSG;
	effect = (struct sealmem_gamepad_effect){
		.struct_size = sizeof(effect),
		.index = (uint32_t)bytes_get(from + AT_INDEX, 4),
		.type = (uint32_t)bytes_get(from + AT_TYPE, 4),
		.duration_ms = (uint32_t)bytes_get(from + AT_DURATION, 4),
		.start_delay_ms = (uint32_t)bytes_get(from + AT_START_DELAY, 4),
		.strong = get_float(from + AT_STRONG),
		.weak = get_float(from + AT_WEAK),
		.left_trigger = get_float(from + AT_LEFT_TRIGGER),
		.right_trigger = get_float(from + AT_RIGHT_TRIGGER),
	};
	if (!is_valid(&effect))
		return -EBADMSG;
	*ret_effect = effect;
	return 0;
}
