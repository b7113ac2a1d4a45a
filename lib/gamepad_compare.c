/* SPDX-License-Identifier: MIT */
/* What happened between two samples of pads: pure. */
#include <sealmem/gamepad_compare.h>

static const struct sealmem_gamepad none;

static uint32_t bit_of(uint32_t number)
{
	return (uint32_t)1 << number;
}

static uint32_t at_most(uint32_t count, uint32_t limit)
{
	return count < limit ? count : limit;
}

/* What either has: a pad that is not there has none. */
static uint32_t either(uint32_t before, uint32_t now, uint32_t limit)
{
	return at_most(before > now ? before : now, limit);
}

static uint32_t bit_if(bool is_set, uint32_t number)
{
	return (uint32_t)is_set << number;
}

bool sealmem_gamepad_has_activation(const struct sealmem_gamepad *pads,
				    uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t buttons =
			at_most(pads[i].button_count, SEALMEM_GAMEPAD_BUTTONS);

		for (uint32_t j = 0; pads[i].connected && j < buttons; j++)
			if (pads[i].buttons[j].value >
			    SEALMEM_GAMEPAD_ACTIVATION)
				return true;
	}
	return false;
}

/* --- one pad -------------------------------------------------------------- */

static bool is_elsewhere(float before, float now)
{
	return before < now || before > now;
}

static uint32_t compare_axes(const struct sealmem_gamepad *before,
			     const struct sealmem_gamepad *now)
{
	uint32_t count = either(before->axis_count, now->axis_count,
				SEALMEM_GAMEPAD_AXES);
	uint32_t axes = 0;

	for (uint32_t i = 0; i < count; i++)
		if (is_elsewhere(before->axes[i], now->axes[i]))
			axes |= bit_of(i);
	return axes;
}

/* What went down and is up went up in between, and the other way round. */
static void compare_button(const struct sealmem_gamepad_button *before,
			   const struct sealmem_gamepad_button *now,
			   uint32_t presses, uint32_t bit,
			   struct sealmem_gamepad_difference *difference)
{
	if (presses == 0 && now->pressed && !before->pressed)
		presses = 1;
	if (presses != 0)
		difference->down |= bit;
	if ((uint64_t)presses + before->pressed > now->pressed)
		difference->up |= bit;
	if (presses != 0 || before->pressed != now->pressed ||
	    before->touched != now->touched ||
	    is_elsewhere(before->value, now->value))
		difference->buttons |= bit;
}

static void compare_pads(const struct sealmem_gamepad *before,
			 const struct sealmem_gamepad *now, bool has_counts,
			 struct sealmem_gamepad_difference *difference)
{
	uint32_t count = either(before->button_count, now->button_count,
				SEALMEM_GAMEPAD_BUTTONS);

	difference->axes |= compare_axes(before, now);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t presses = now->buttons[i].press_count -
				   before->buttons[i].press_count;

		compare_button(&before->buttons[i], &now->buttons[i],
			       has_counts ? presses : 0, bit_of(i), difference);
	}
}

/* --- all pads ------------------------------------------------------------- */

static const struct sealmem_gamepad *pad_at(const struct sealmem_gamepad *pads,
					    uint32_t count, uint32_t index)
{
	return index < count && pads[index].connected ? &pads[index] : &none;
}

/* One went, or another came, or both: then there was none in between. */
static void compare_others(const struct sealmem_gamepad *before,
			   const struct sealmem_gamepad *now, bool is_known,
			   struct sealmem_gamepad_difference *difference)
{
	compare_pads(before, &none, false, difference);
	compare_pads(&none, now, is_known, difference);
}

static void compare_index(const struct sealmem_gamepad *before,
			  const struct sealmem_gamepad *now, bool is_known,
			  uint32_t index,
			  struct sealmem_gamepad_comparison *comparison)
{
	struct sealmem_gamepad_difference *difference =
		&comparison->pads[index];

	if (before->connected == now->connected &&
	    before->connection == now->connection) {
		compare_pads(before, now, true, difference);
	} else {
		comparison->disconnected |=
			bit_if(before->connected != 0, index);
		comparison->connected |= bit_if(now->connected != 0, index);
		compare_others(before, now, is_known, difference);
	}
	comparison->axes_changed |= bit_if(difference->axes != 0, index);
	comparison->buttons_changed |= bit_if(difference->buttons != 0, index);
}

static void forget(struct sealmem_gamepad_difference *difference,
		   uint32_t flags)
{
	if (!(flags & SEALMEM_GAMEPAD_EACH_AXIS))
		difference->axes = 0;
	if (!(flags & SEALMEM_GAMEPAD_EACH_BUTTON))
		difference->buttons = difference->down = difference->up = 0;
}

bool sealmem_gamepad_compare(const struct sealmem_gamepad *before,
			     uint32_t before_count,
			     const struct sealmem_gamepad *now,
			     uint32_t now_count, uint32_t flags,
			     struct sealmem_gamepad_comparison *ret_comparison)
{
	struct sealmem_gamepad_comparison comparison = { 0 };

	for (uint32_t i = 0; i < SEALMEM_GAMEPAD_COUNT_MAX; i++) {
		compare_index(pad_at(before, before_count, i),
			      pad_at(now, now_count, i), i < before_count, i,
			      &comparison);
		forget(&comparison.pads[i], flags);
	}
	if (ret_comparison)
		*ret_comparison = comparison;
	return (comparison.connected | comparison.disconnected |
		comparison.axes_changed | comparison.buttons_changed) != 0;
}
