/* SPDX-License-Identifier: MIT */
/*
 * The gamepad provider as upstream's tests with simulated pads see it: cases 23
 * to 42. Each name begins with the number of its case.
 *
 * Where it differs from upstream:
 *   25, 26      bounds belong to whoever reads the device: values come as they
 *               are published
 *   27 to 29    an update has all fingers, not the change of one
 *   30          is about effects: gamepad_effect.h
 *   35, 36      no finger and no surface is looked up by its number
 *   37 to 40    a change is what has_changed() tells, once for each update
 *   42          there is no switch that turns changes off
 */
#include "gamepad_provider.h"

/* A consumer that sees device 0, in slot 0, and has read all there is. */
static void watch(struct th_self_provider *self, struct consumer *consumer)
{
	struct sealmem_gamepad pad;

	consumer_add(&self->provider, consumer);
	plug(self, 0);
	push(self, 0, 16);
	let_go(self, 0, 16);
	EXPECT_SAID(self, { consumer->id, CONNECTED, 0 });
	EXPECT_TRUE(sealmem_gamepad_has_changed(&consumer->reader));
	ASSERT_EQ(sealmem_gamepad_read(&consumer->reader, 0, &pad),
		  SEALMEM_SNAPSHOT_FRESH);
}

/* Exactly one publication, and what is there now. */
static struct sealmem_gamepad changed(struct th_self_provider *self,
				      struct consumer *consumer)
{
	struct sealmem_gamepad before = pad_of(consumer, 0), pad = { 0 };

	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer->reader));
	update(self, 0);
	EXPECT_TRUE(sealmem_gamepad_has_changed(&consumer->reader));
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer->reader));
	EXPECT_EQ(sealmem_gamepad_read(&consumer->reader, 0, &pad),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(pad.sequence, before.sequence + 1);
	EXPECT_EQ(pad.connection, before.connection);
	EXPECT_SILENCE(self);
	return pad;
}

TEST_F(provider, case_023_connect_disconnect)
{
	struct consumer consumer;

	watch(self, &consumer);
	EXPECT_EQ(pad_of(&consumer, 0).connected, 1);
	unplug(self, 0);
	EXPECT_SAID(self, { consumer.id, DISCONNECTED, 0 });
	EXPECT_EQ(pad_of(&consumer, 0).connected, 0);
	consumer_leave(&consumer);
}

TEST_F(provider, case_024_connect_disconnect_multiple)
{
	struct consumer consumer;

	watch(self, &consumer);
	self->pads[1].axis_count = 2;
	self->pads[1].axes_used = 3;
	EXPECT_EQ(plug(self, 1), 1);
	EXPECT_EQ(self->record.pads[0].axis_count, 2);
	EXPECT_EQ(self->record.pads[0].connected, 1);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 1 });

	unplug(self, 1);
	unplug(self, 0);
	for (uint32_t i = 0; i < 2; i++) {
		EXPECT_EQ(self->record.pads[i].connected, 0);
		EXPECT_EQ(self->record.pads[i].axis_count, i == 0 ? 2 : 4);
		EXPECT_EQ(self->record.pads[i].button_count, 17);
		EXPECT_STREQ(self->record.pads[i].id, self->pads[1 - i].id);
	}
	EXPECT_EQ(self->record.pads[1].buttons[16].press_count, 1);
	EXPECT_SAID(self, { consumer.id, DISCONNECTED, 1 },
		    { consumer.id, DISCONNECTED, 0 });
	consumer_leave(&consumer);
}

TEST_F(provider, case_025_simulate_button_input)
{
	struct sealmem_gamepad pad;
	struct consumer consumer;

	watch(self, &consumer);
	press(&self->pads[0], 3);
	pad = changed(self, &consumer);
	EXPECT_TRUE(pad.buttons[3].value == 1);
	EXPECT_EQ(pad.buttons[3].pressed, 1);
	EXPECT_EQ(pad.buttons[3].touched, 1);
	release(&self->pads[0], 3);
	pad = changed(self, &consumer);
	EXPECT_TRUE(pad.buttons[3].value == 0);
	EXPECT_EQ(pad.buttons[3].pressed, 0);
	EXPECT_EQ(pad.buttons[3].touched, 0);
	EXPECT_EQ(pad.buttons[3].press_count, 1);
	consumer_leave(&consumer);
}

TEST_F(provider, case_026_simulate_axis_input)
{
	struct consumer consumer;

	watch(self, &consumer);
	self->pads[0].axes[2] = 1;
	EXPECT_TRUE(changed(self, &consumer).axes[2] == 1);
	self->pads[0].axes[2] = -1;
	EXPECT_TRUE(changed(self, &consumer).axes[2] == -1);
	consumer_leave(&consumer);
}

static void put_finger(struct sealmem_gamepad *pad, uint32_t id, float x)
{
	pad->touches[pad->touch_count++] = (struct sealmem_gamepad_touch){
		.touch_id = id,
		.surface_id = 1,
		.has_surface_size = 1,
		.x = x,
		.y = -x,
		.surface_width = 1920,
		.surface_height = 943,
	};
}

TEST_F(provider, case_027_simulate_touch_input)
{
	struct sealmem_gamepad *device = &self->pads[0], pad;
	struct consumer consumer;

	watch(self, &consumer);
	put_finger(device, 7, 0.5f);
	pad = changed(self, &consumer);
	EXPECT_EQ(pad.touch_count, 1);
	EXPECT_MEMEQ(pad.touches, device->touches, sizeof(pad.touches));
	consumer_leave(&consumer);
}

TEST_F(provider, case_028_simulate_touch_move)
{
	struct sealmem_gamepad *device = &self->pads[0], pad;
	struct consumer consumer;

	watch(self, &consumer);
	put_finger(device, 7, 0.5f);
	pad = changed(self, &consumer);
	device->touches[0].x = -0.25f;
	pad = changed(self, &consumer);
	EXPECT_EQ(pad.touches[0].touch_id, 7);
	EXPECT_TRUE(pad.touches[0].x == -0.25f);
	consumer_leave(&consumer);
}

TEST_F(provider, case_029_simulate_touch_end)
{
	struct sealmem_gamepad *device = &self->pads[0], pad;
	struct consumer consumer;

	watch(self, &consumer);
	put_finger(device, 7, 0.5f);
	put_finger(device, 8, 0.25f);
	EXPECT_EQ(changed(self, &consumer).touch_count, 2);
	/* As a driver may leave it: the second's place is not cleared. */
	device->touches[0] = device->touches[1];
	device->touch_count = 1;
	pad = changed(self, &consumer);
	EXPECT_EQ(pad.touch_count, 1);
	EXPECT_EQ(pad.touches[0].touch_id, 8);
	EXPECT_EQ(pad.touches[1].touch_id, 0);
	consumer_leave(&consumer);
}

TEST_F(provider, case_031_token_not_found)
{
	struct consumer consumer;

	watch(self, &consumer);
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_update(
				   &self->provider, 12345, &self->pads[0]));
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_disconnect(&self->provider,
							       12345));
	EXPECT_SILENCE(self);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	consumer_leave(&consumer);
}

TEST_F(provider, case_032_remove_gamepad_twice)
{
	struct consumer consumer;

	watch(self, &consumer);
	unplug(self, 0);
	EXPECT_SAID(self, { consumer.id, DISCONNECTED, 0 });
	EXPECT_ERR(ENOENT,
		   sealmem_gamepad_provider_disconnect(&self->provider, 0));
	EXPECT_SILENCE(self);
	consumer_leave(&consumer);
}

/* Refused for updating as for connecting, and nothing is published. */
static void expect_refused(struct th_self_provider *self,
			   struct consumer *consumer,
			   const struct sealmem_gamepad *pad)
{
	uint32_t slot = 77;

	EXPECT_ERR(EINVAL,
		   sealmem_gamepad_provider_update(&self->provider, 0, pad));
	EXPECT_ERR(EINVAL,
		   sealmem_gamepad_provider_connect(&self->provider, 9, 0, pad,
						    &slot));
	EXPECT_EQ(slot, 77);
	EXPECT_SILENCE(self);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer->reader));
}

TEST_F(provider, case_033_invalid_button_index)
{
	struct sealmem_gamepad pad;
	struct consumer consumer;

	watch(self, &consumer);
	pad = self->pads[0];
	pad.button_count = 12345;
	expect_refused(self, &consumer, &pad);
	pad.button_count = SEALMEM_GAMEPAD_BUTTONS + 1;
	expect_refused(self, &consumer, &pad);
	pad = self->pads[0];
	pad.buttons[0].value = 1.5f;
	expect_refused(self, &consumer, &pad);
	consumer_leave(&consumer);
}

TEST_F(provider, case_034_invalid_axis_index)
{
	struct sealmem_gamepad pad;
	struct consumer consumer;

	watch(self, &consumer);
	pad = self->pads[0];
	pad.axis_count = SEALMEM_GAMEPAD_AXES + 1;
	expect_refused(self, &consumer, &pad);
	pad = self->pads[0];
	pad.axes[3] = __builtin_nanf("");
	expect_refused(self, &consumer, &pad);
	pad = self->pads[0];
	pad.connected = 0;
	expect_refused(self, &consumer, &pad);
	pad = (struct sealmem_gamepad){ 0 };
	expect_refused(self, &consumer, &pad);
	consumer_leave(&consumer);
}

TEST_F(provider, case_037_raw_input_change_button)
{
	struct sealmem_gamepad *device = &self->pads[0];
	struct consumer consumer;

	watch(self, &consumer);
	press(device, 2);
	changed(self, &consumer);
	/* Nothing new, whenever it is said. */
	device->publish_time_us += 4000;
	update(self, 0);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	device->buttons[6].value = 0.01f;
	changed(self, &consumer);
	device->buttons[6].touched = 1;
	changed(self, &consumer);
	/* Pressed and released since the last time. */
	device->buttons[6].press_count++;
	changed(self, &consumer);
	consumer_leave(&consumer);
}

TEST_F(provider, case_038_raw_input_change_axis)
{
	struct sealmem_gamepad *device = &self->pads[0];
	struct consumer consumer;

	watch(self, &consumer);
	for (uint32_t i = 0; i < 4; i++) {
		device->axes[i] = 0.001f;
		changed(self, &consumer);
		update(self, 0);
		EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	}
	consumer_leave(&consumer);
}

TEST_F(provider, case_039_raw_input_change_touch)
{
	struct sealmem_gamepad *device = &self->pads[0];
	struct consumer consumer;

	watch(self, &consumer);
	put_finger(device, 1, 0);
	changed(self, &consumer);
	device->touches[0].y = 0.5f;
	changed(self, &consumer);
	device->touch_count = 0;
	changed(self, &consumer);
	update(self, 0);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	consumer_leave(&consumer);
}

TEST_F(provider, case_040_raw_input_change_multiple_input_types)
{
	struct sealmem_gamepad *device = &self->pads[0], pad;
	struct consumer consumer;

	watch(self, &consumer);
	press(device, 0);
	press(device, 1);
	device->axes[0] = -0.5f;
	put_finger(device, 1, 0);
	pad = changed(self, &consumer);
	EXPECT_EQ(pad.buttons[0].pressed + pad.buttons[1].pressed, 2);
	EXPECT_TRUE(pad.axes[0] == -0.5f);
	EXPECT_EQ(pad.touch_count, 1);
	consumer_leave(&consumer);
}

TEST_F(provider, case_041_raw_input_change_requires_user_gesture)
{
	struct sealmem_gamepad *device = &self->pads[0];
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 0);
	device->axes[0] = 0.3f;
	device->buttons[6].value = 0.1f;
	put_finger(device, 1, 0);
	update(self, 0);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	EXPECT_SILENCE(self);
	device->axes[0] = 0.6f;
	update(self, 0);
	EXPECT_TRUE(sealmem_gamepad_has_changed(&consumer.reader));
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
	consumer_leave(&consumer);
}

TH_MAIN
