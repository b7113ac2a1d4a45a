/* SPDX-License-Identifier: MIT */
/*
 * The gamepad provider as upstream's tests of its provider and its service see
 * it: cases 3 to 22; 23 to 42 are in gamepad_provider_input_test.c. Each name
 * begins with the number of its case.
 *
 * Where it differs from upstream:
 *   3           there is no poll: an update is there when the call returns
 *   7 to 10     upstream has dropped lists of changes; here they are what a
 *               consumer finds by comparing, and that nothing else changes
 *   11 to 18    each consumer has memory of its own, so that it is not only
 *               told later but sees nothing before
 */
#include "gamepad_provider.h"

/* The state of a device that every member of can be told from another's. */
static void move(struct sealmem_gamepad *pad)
{
	for (uint32_t i = 0; i < pad->axis_count; i++)
		pad->axes[i] = (float)i / 8 - 0.25f;
	press(pad, 1);
	pad->buttons[7].value = 0.1f;
	pad->event_time_us = 5000;
	pad->publish_time_us = 5001;
}

TEST_F(provider, case_003_polling_access)
{
	struct sealmem_gamepad *pad = &self->pads[1], wanted, got;
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	EXPECT_EQ(plug(self, 1), 0);
	move(pad);
	update(self, 1);
	got = pad_of(&consumer, 0);
	EXPECT_NE(got.connection, 0);
	EXPECT_NE(got.sequence, 0);
	wanted = *pad;
	wanted.connection = got.connection;
	wanted.sequence = got.sequence;
	EXPECT_MEMEQ(&got, &wanted, sizeof(got));
	consumer_leave(&consumer);
}

TEST_F(provider, case_004_connect_disconnect_multiple)
{
	struct sealmem_gamepad before, after;
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	EXPECT_EQ(plug(self, 1), 0);
	EXPECT_EQ(plug(self, 2), 1);
	push(self, 2, 0);
	EXPECT_EQ(pad_of(&consumer, 0).axis_count, 4);
	EXPECT_EQ(pad_of(&consumer, 0).button_count, 17);
	before = pad_of(&consumer, 1);
	EXPECT_EQ(before.connected, 1);

	unplug(self, 1);
	after = pad_of(&consumer, 0);
	EXPECT_EQ(after.connected, 0);
	EXPECT_EQ(after.axis_count, 0);
	EXPECT_EQ(after.button_count, 0);
	after = pad_of(&consumer, 1);
	EXPECT_MEMEQ(&after, &before, sizeof(after));
	consumer_leave(&consumer);
}

TEST_F(provider, case_005_user_gesture)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	update(self, 1);
	self->pads[1].axes[0] = 0.4f;
	update(self, 1);
	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_untouched(&consumer));

	push(self, 1, 0);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
	EXPECT_EQ(pad_of(&consumer, 0).buttons[0].pressed, 1);
	consumer_leave(&consumer);
}

TEST_F(provider, case_006_sanitization)
{
	struct sealmem_gamepad *pad = &self->pads[1], got;
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	pad->axes[0] = 1;
	press(pad, 0);
	plug(self, 1);
	push(self, 1, 1);
	got = pad_of(&consumer, 0);
	EXPECT_TRUE(got.axes[0] == 0);
	EXPECT_EQ(got.buttons[0].pressed, 0);
	EXPECT_EQ(got.buttons[0].touched, 0);
	EXPECT_TRUE(got.buttons[0].value == 0);
	EXPECT_EQ(got.buttons[1].pressed, 1);

	pad->axes[0] = 0;
	let_go(self, 1, 0);
	got = pad_of(&consumer, 0);
	EXPECT_TRUE(got.axes[0] == 0);
	EXPECT_EQ(got.buttons[0].pressed, 0);

	pad->axes[0] = 1;
	push(self, 1, 0);
	got = pad_of(&consumer, 0);
	EXPECT_TRUE(got.axes[0] == 1);
	EXPECT_EQ(got.buttons[0].pressed, 1);
	EXPECT_TRUE(got.buttons[0].value == 1);
	EXPECT_EQ(got.buttons[0].press_count, 1);
	consumer_leave(&consumer);
}

/* What has to be alike when nothing else changed. */
static void make_alike(struct sealmem_gamepad *a,
		       const struct sealmem_gamepad *b)
{
	a->sequence = b->sequence;
	a->event_time_us = b->event_time_us;
	a->publish_time_us = b->publish_time_us;
}

TEST_F(provider, case_007_changes)
{
	struct sealmem_gamepad before, after;
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	push(self, 1, 0);
	before = pad_of(&consumer, 0);
	self->pads[1].axes[2] = -0.75f;
	self->pads[1].buttons[6].value = 0.5f;
	push(self, 1, 4);
	after = pad_of(&consumer, 0);
	EXPECT_GT(after.sequence, before.sequence);
	EXPECT_EQ(after.buttons[4].press_count, 1);

	/* Taken back by hand, nothing else is different. */
	after.axes[2] = 0;
	after.buttons[6].value = 0;
	release(&after, 4);
	after.buttons[4].press_count = 0;
	make_alike(&after, &before);
	EXPECT_MEMEQ(&after, &before, sizeof(after));
	consumer_leave(&consumer);
}

TEST_F(provider, case_008_no_changes_before_user_gesture)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	for (int i = 1; i <= 40; i++) {
		self->pads[1].axes[i % 4] = (float)i / 100;
		self->pads[1].buttons[i % 17].value = 0.1f;
		self->pads[1].buttons[i % 17].touched = 1;
		self->pads[1].event_time_us = (uint64_t)i;
		update(self, 1);
	}
	EXPECT_SILENCE(self);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	EXPECT_TRUE(is_untouched(&consumer));
	consumer_leave(&consumer);
}

TEST_F(provider, case_009_no_changes_when_disconnected)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	push(self, 1, 0);
	unplug(self, 1);
	EXPECT_TRUE(sealmem_gamepad_has_changed(&consumer.reader));
	self->record.count = 0;

	press(&self->pads[1], 1);
	EXPECT_ERR(ENOENT,
		   sealmem_gamepad_provider_update(&self->provider, 1,
						   &self->pads[1]));
	EXPECT_SILENCE(self);
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer.reader));
	EXPECT_TRUE(is_all_blank(&consumer, 4));
	consumer_leave(&consumer);
}

/* It is a connection and nothing else: no button was pressed by it. */
TEST_F(provider, case_010_no_changes_on_connection)
{
	struct sealmem_gamepad pad;
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	push(self, 1, 0);
	self->record.count = 0;
	self->pads[2].axes[1] = -1;
	press(&self->pads[2], 3);
	plug(self, 2);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 1 });
	pad = pad_of(&consumer, 1);
	EXPECT_EQ(pad.connected, 1);
	EXPECT_TRUE(pad.axes[1] == 0);
	EXPECT_EQ(pad.buttons[3].pressed, 0);
	EXPECT_EQ(pad.buttons[3].press_count, 0);
	consumer_leave(&consumer);
}

/* ---- the service: who is told what, and when ------------------------- */

TEST_F(provider, case_011_connections)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	for (uint32_t i = 0; i < 4; i++)
		EXPECT_EQ(plug(self, i), i);
	EXPECT_SILENCE(self);
	push(self, 2, 0);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 },
		    { consumer.id, CONNECTED, 1 },
		    { consumer.id, CONNECTED, 2 },
		    { consumer.id, CONNECTED, 3 });
	for (uint32_t i = 0; i < 4; i++)
		unplug(self, i);
	EXPECT_SAID(self, { consumer.id, DISCONNECTED, 0 },
		    { consumer.id, DISCONNECTED, 1 },
		    { consumer.id, DISCONNECTED, 2 },
		    { consumer.id, DISCONNECTED, 3 });
	consumer_leave(&consumer);
}

TEST_F(provider, case_012_connection_then_gesture)
{
	struct consumer a, b;

	consumer_add(&self->provider, &a);
	consumer_add(&self->provider, &b);
	plug(self, 1);
	EXPECT_SILENCE(self);
	push(self, 1, 0);
	EXPECT_SAID(self, { a.id, CONNECTED, 0 }, { b.id, CONNECTED, 0 });
	consumer_leave(&a);
	consumer_leave(&b);
}

TEST_F(provider, case_013_reload)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	set_active(self, &consumer, false);
	set_active(self, &consumer, true);
	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_untouched(&consumer));

	push(self, 1, 0);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
	set_active(self, &consumer, false);
	EXPECT_SILENCE(self);
	set_active(self, &consumer, true);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
	consumer_leave(&consumer);
}

TEST_F(provider, case_014_second_consumer_gesture)
{
	struct consumer first, second;

	consumer_add(&self->provider, &first);
	plug(self, 1);
	push(self, 1, 0);
	EXPECT_SAID(self, { first.id, CONNECTED, 0 });

	/* What is still held is no gesture of the second's. */
	consumer_add(&self->provider, &second);
	self->pads[1].axes[0] = 0.5f;
	update(self, 1);
	let_go(self, 1, 0);
	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_untouched(&second));
	EXPECT_TRUE(pad_of(&first, 0).axes[0] == 0.5f);

	push(self, 1, 0);
	EXPECT_SAID(self, { second.id, CONNECTED, 0 });
	consumer_leave(&first);
	consumer_leave(&second);
}

static void open_gate(struct th_self_provider *self, struct consumer *consumer)
{
	consumer_add(&self->provider, consumer);
	plug(self, 39);
	push(self, 39, 0);
	unplug(self, 39);
	EXPECT_SAID(self, { consumer->id, CONNECTED, 0 },
		    { consumer->id, DISCONNECTED, 0 });
}

TEST_F(provider, case_015_connect_while_inactive)
{
	struct consumer consumer;

	open_gate(self, &consumer);
	set_active(self, &consumer, false);
	plug(self, 1);
	plug(self, 2);
	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_all_blank(&consumer, 4));
	set_active(self, &consumer, true);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 },
		    { consumer.id, CONNECTED, 1 });
	EXPECT_STREQ(pad_of(&consumer, 1).id, self->pads[2].id);
	consumer_leave(&consumer);
}

TEST_F(provider, case_016_connect_and_disconnect_while_inactive)
{
	struct consumer consumer;

	open_gate(self, &consumer);
	set_active(self, &consumer, false);
	plug(self, 1);
	unplug(self, 1);
	set_active(self, &consumer, true);
	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_all_blank(&consumer, 4));
	consumer_leave(&consumer);
}

TEST_F(provider, case_017_disconnect_while_inactive)
{
	static const struct sealmem_gamepad blank;
	struct consumer consumer;

	open_gate(self, &consumer);
	plug(self, 1);
	plug(self, 2);
	self->record.count = 0;
	set_active(self, &consumer, false);
	unplug(self, 1);
	EXPECT_SILENCE(self);
	set_active(self, &consumer, true);
	/* Another device may have been there in between, for all it knows. */
	EXPECT_MEMEQ(&self->record.pads[0], &blank, sizeof(blank));
	EXPECT_SAID(self, { consumer.id, DISCONNECTED, 0 },
		    { consumer.id, CONNECTED, 1 });

	/* Once. */
	set_active(self, &consumer, false);
	set_active(self, &consumer, true);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 1 });
	consumer_leave(&consumer);
}

TEST_F(provider, case_018_disconnect_and_connect_while_inactive)
{
	struct consumer consumer;
	uint32_t connection;

	open_gate(self, &consumer);
	plug(self, 1);
	connection = pad_of(&consumer, 0).connection;
	self->record.count = 0;
	set_active(self, &consumer, false);
	unplug(self, 1);
	plug(self, 1);
	set_active(self, &consumer, true);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
	EXPECT_NE(pad_of(&consumer, 0).connection, connection);
	consumer_leave(&consumer);
}

TEST_F(provider, case_019_active_consumer_became_active)
{
	struct consumer consumer;

	open_gate(self, &consumer);
	plug(self, 1);
	self->record.count = 0;
	EXPECT_ERR(EALREADY,
		   sealmem_gamepad_provider_set_active(&self->provider,
						       consumer.id, true));
	EXPECT_SILENCE(self);
	EXPECT_EQ(pad_of(&consumer, 0).connected, 1);
	consumer_leave(&consumer);
}

TEST_F(provider, case_020_inactive_consumer_became_inactive)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	set_active(self, &consumer, false);
	EXPECT_ERR(EALREADY,
		   sealmem_gamepad_provider_set_active(&self->provider,
						       consumer.id, false));
	set_active(self, &consumer, true);
	consumer_leave(&consumer);
}

TEST_F(provider, case_021_unregistered_consumer_became_inactive)
{
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_set_active(&self->provider,
							       1, false));
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_set_active(&self->provider,
							       0, true));
}

TEST_F(provider, case_022_remove_unregistered_consumer)
{
	struct consumer consumer;

	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_remove_consumer(
				   &self->provider, 1));
	consumer_add(&self->provider, &consumer);
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_remove_consumer(
				   &self->provider, consumer.id + 1));
	ASSERT_OK(sealmem_gamepad_provider_remove_consumer(&self->provider,
							   consumer.id));
	EXPECT_ERR(ENOENT, sealmem_gamepad_provider_remove_consumer(
				   &self->provider, consumer.id));
	consumer_leave(&consumer);
}

TH_MAIN
