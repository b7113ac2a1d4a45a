/* SPDX-License-Identifier: MIT */
/*
 * Slots of the gamepad provider: which device gets which, what of a device shows
 * before it was at rest, what is refused, and what a notice may do.
 */
#include "gamepad_provider.h"

static uint64_t device_in(struct th_self_provider *self, uint32_t slot)
{
	uint64_t device = UINT64_MAX;

	ASSERT_OK(sealmem_gamepad_provider_slot_device(&self->provider, slot,
						       &device));
	return device;
}

static int connect_as(struct th_self_provider *self, uint32_t device,
		      uint32_t flags, uint32_t *ret_slot)
{
	return sealmem_gamepad_provider_connect(&self->provider, device, flags,
						&self->pads[device], ret_slot);
}

/* ---- which slot ------------------------------------------------------ */

TEST_F(provider, slots_stay_while_connected)
{
	uint64_t device = 77;

	for (uint32_t i = 0; i < 4; i++)
		EXPECT_EQ(plug(self, 10 + i), i);
	unplug(self, 11);
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_slot_device(
				   &self->provider, 1, &device));
	EXPECT_EQ(device, 77);
	EXPECT_EQ(device_in(self, 0), 10);
	EXPECT_EQ(device_in(self, 2), 12);
	EXPECT_EQ(device_in(self, 3), 13);
	unplug(self, 10);
	EXPECT_EQ(plug(self, 20), 0);
	EXPECT_EQ(plug(self, 21), 1);
	EXPECT_EQ(device_in(self, 3), 13);
}

TEST_F(provider, there_are_as_many_slots_as_asked_for)
{
	static const uint32_t counts[] = { 0, 1, 2, 31, 32 };
	struct consumer consumer;
	uint64_t device;

	for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++) {
		uint32_t count = counts[k] ? counts[k] : SEALMEM_GAMEPAD_COUNT;
		uint32_t slot = 77;

		provider_make(self, 0, counts[k]);
		consumer_add(&self->provider, &consumer);
		EXPECT_EQ(sealmem_gamepad_reader_count(&consumer.reader),
			  count);
		for (uint32_t i = 0; i < count; i++)
			EXPECT_EQ(plug(self, i), i);
		EXPECT_ERR(ENOSPC, connect_as(self, 39, 0, &slot));
		EXPECT_EQ(slot, 77);
		EXPECT_ERR(EINVAL, sealmem_gamepad_provider_slot_device(
					   &self->provider, count, &device));
		push(self, count - 1, 0);
		EXPECT_EQ(self->record.count, count);
		EXPECT_STREQ(pad_of(&consumer, count - 1).id,
			     self->pads[count - 1].id);
		set_active(self, &consumer, false);
		EXPECT_TRUE(is_all_blank(&consumer, count));
		self->record.count = 0;
		consumer_leave(&consumer);
	}
}

TEST_F(provider, any_number_is_a_device)
{
	static const uint64_t devices[] = { 0, UINT64_MAX, 1ull << 32, 1 };
	uint32_t slot = UINT32_MAX;

	for (uint32_t i = 0; i < 4; i++) {
		ASSERT_OK(sealmem_gamepad_provider_connect(
			&self->provider, devices[i], 0, &self->pads[i], &slot));
		EXPECT_EQ(slot, i);
		EXPECT_EQ(device_in(self, i), devices[i]);
	}
	for (uint32_t i = 0; i < 4; i++)
		ASSERT_OK(sealmem_gamepad_provider_disconnect(&self->provider,
							      devices[i]));
}

TEST_F(provider, a_device_has_one_slot)
{
	uint32_t slot = 77;

	plug(self, 1);
	EXPECT_ERR(EEXIST, connect_as(self, 1, 0, &slot));
	EXPECT_ERR(EEXIST, connect_as(self, 1, RECOGNISED, &slot));
	EXPECT_EQ(slot, 77);
	/* Also where there is no room. */
	for (uint32_t i = 2; i < 5; i++)
		plug(self, i);
	EXPECT_ERR(EEXIST, connect_as(self, 3, RECOGNISED, &slot));
	EXPECT_EQ(device_in(self, 3), 4);
}

/* The last that is not recognised has to go, and its consumers are told. */
TEST_F(provider, recognised_device_evicts_another)
{
	uint32_t slot = UINT32_MAX;
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 0);
	ASSERT_OK(connect_as(self, 1, RECOGNISED, NULL));
	plug(self, 2);
	ASSERT_OK(connect_as(self, 3, RECOGNISED, NULL));
	push(self, 2, 0);
	self->record.count = 0;

	ASSERT_OK(connect_as(self, 4, RECOGNISED, &slot));
	EXPECT_EQ(slot, 2);
	EXPECT_STREQ(self->record.pads[0].id, self->pads[2].id);
	EXPECT_STREQ(self->record.pads[1].id, self->pads[4].id);
	EXPECT_SAID(self, { consumer.id, DISCONNECTED, 2 },
		    { consumer.id, CONNECTED, 2 });
	EXPECT_EQ(pad_of(&consumer, 2).connection, 2);
	EXPECT_EQ(pad_of(&consumer, 2).buttons[0].pressed, 0);
	EXPECT_FALSE(has_bytes(&consumer, self->pads[2].id,
			       strlen(self->pads[2].id)));
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_update(
				   &self->provider, 2, &self->pads[2]));

	ASSERT_OK(connect_as(self, 5, RECOGNISED, &slot));
	EXPECT_EQ(slot, 0);
	consumer_leave(&consumer);
}

TEST_F(provider, no_device_is_dropped_silently)
{
	struct consumer consumer;
	uint32_t slot = 77;

	consumer_add(&self->provider, &consumer);
	for (uint32_t i = 0; i < 4; i++)
		ASSERT_OK(connect_as(self, i, RECOGNISED, NULL));
	push(self, 0, 0);
	EXPECT_TRUE(sealmem_gamepad_has_changed(&consumer.reader));
	self->record.count = 0;
	EXPECT_ERR(ENOSPC, connect_as(self, 4, 0, &slot));
	EXPECT_ERR(ENOSPC, connect_as(self, 4, RECOGNISED, &slot));
	EXPECT_EQ(slot, 77);
	EXPECT_SILENCE(self);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	for (uint32_t i = 0; i < 4; i++)
		EXPECT_EQ(device_in(self, i), i);
	consumer_leave(&consumer);
}

/* ---- at rest once ---------------------------------------------------- */

/* As a consumer sees device 1, whose button 30 opened its gate. */
static struct sealmem_gamepad seen(struct th_self_provider *self)
{
	struct sealmem_gamepad pad;
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	self->pads[1].buttons[30].press_count++;
	update(self, 1);
	pad = pad_of(&consumer, 0);
	EXPECT_EQ(pad.connected, 1);
	ASSERT_OK(sealmem_gamepad_provider_remove_consumer(&self->provider,
							   consumer.id));
	consumer_leave(&consumer);
	return pad;
}

static void hold_everything(struct sealmem_gamepad *pad)
{
	pad->axis_count = 16;
	pad->button_count = 32;
	for (uint32_t i = 0; i < 16; i++)
		pad->axes[i] = i % 2 ? -0.75f : 0.75f;
	for (uint32_t i = 0; i < 32; i++)
		press(pad, i);
	release(pad, 30);
}

TEST_F(provider, all_of_the_largest_pad_has_to_come_to_rest)
{
	struct sealmem_gamepad *device = &self->pads[1], pad;

	hold_everything(device);
	plug(self, 1);
	pad = seen(self);
	for (uint32_t i = 0; i < 16; i++)
		EXPECT_TRUE(pad.axes[i] == 0);
	for (uint32_t i = 0; i < 32; i++) {
		EXPECT_EQ(pad.buttons[i].pressed, 0);
		EXPECT_EQ(pad.buttons[i].touched, 0);
		EXPECT_TRUE(pad.buttons[i].value == 0);
		EXPECT_EQ(pad.buttons[i].type, device->buttons[i].type);
	}

	/* One after the other, each for itself. */
	for (uint32_t i = 0; i < 32; i++) {
		release(device, i);
		device->axes[i / 2] = 0;
		update(self, 1);
		press(device, i);
		device->axes[i / 2] = -1;
		pad = seen(self);
		for (uint32_t k = 0; k < 32; k++)
			EXPECT_EQ(pad.buttons[k].pressed, k <= i);
		for (uint32_t k = 0; k < 16; k++)
			EXPECT_TRUE(pad.axes[k] == (k <= i / 2 ? -1 : 0));
	}
}

TEST_F(provider, axes_are_at_rest_within_one_tenth)
{
	static const float restless[] = { 0.11f, -0.11f, 0.1f, -0.1f, 1, -1 };
	static const float resting[] = { 0.099f, -0.099f, 0, -0.0f };
	struct sealmem_gamepad *device = &self->pads[1];

	device->button_count = 32;
	for (size_t i = 0; i < sizeof(resting) / sizeof(resting[0]); i++) {
		device->axes[0] = 0.5f;
		plug(self, 1);
		for (size_t k = 0; k < sizeof(restless) / sizeof(restless[0]);
		     k++) {
			device->axes[0] = restless[k];
			EXPECT_TRUE(seen(self).axes[0] == 0);
		}
		device->axes[0] = resting[i];
		EXPECT_TRUE(seen(self).axes[0] == resting[i]);
		device->axes[0] = 0.11f;
		EXPECT_TRUE(seen(self).axes[0] == 0.11f);
		unplug(self, 1);
	}
}

/* The next device in the slot has to come to rest itself. */
TEST_F(provider, rest_is_forgotten_with_the_device)
{
	self->pads[1].button_count = 32;
	plug(self, 1);
	unplug(self, 1);
	press(&self->pads[1], 0);
	self->pads[1].axes[0] = 1;
	plug(self, 1);
	EXPECT_EQ(seen(self).buttons[0].pressed, 0);
	EXPECT_TRUE(seen(self).axes[0] == 0);
}

/* Between two updates it was released: only so can it be pressed again. */
TEST_F(provider, pressed_again_was_at_rest)
{
	struct sealmem_gamepad *device = &self->pads[1], pad;

	device->button_count = 32;
	press(device, 4);
	plug(self, 1);
	EXPECT_EQ(seen(self).buttons[4].pressed, 0);
	press(device, 4);
	pad = seen(self);
	EXPECT_EQ(pad.buttons[4].pressed, 1);
	EXPECT_TRUE(pad.buttons[4].value == 1);
}

TEST_F(provider, fingers_have_to_be_lifted_once)
{
	struct sealmem_gamepad *device = &self->pads[1];

	device->button_count = 32;
	device->touch_count = 2;
	device->touches[1].touch_id = 5;
	plug(self, 1);
	EXPECT_EQ(seen(self).touch_count, 0);
	device->touch_count = 1;
	EXPECT_EQ(seen(self).touch_count, 0);
	device->touch_count = 0;
	EXPECT_EQ(seen(self).touch_count, 0);
	device->touch_count = 2;
	EXPECT_EQ(seen(self).touch_count, 2);
	EXPECT_EQ(seen(self).touches[1].touch_id, 5);
}

TEST_F(provider, without_sanitization_all_shows)
{
	struct sealmem_gamepad *device = &self->pads[1], pad;

	provider_make(self, SEALMEM_GAMEPAD_PROVIDER_NO_SANITIZE, 0);
	hold_everything(device);
	device->touch_count = 1;
	plug(self, 1);
	pad = seen(self);
	EXPECT_MEMEQ(pad.axes, device->axes, sizeof(pad.axes));
	for (uint32_t i = 0; i < 32; i++)
		EXPECT_EQ(pad.buttons[i].pressed, i != 30);
	EXPECT_EQ(pad.touch_count, 1);
}

TH_MAIN
