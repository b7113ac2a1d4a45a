/* SPDX-License-Identifier: MIT */
/*
 * What a consumer of the gamepad provider may not see is not in its memory: not
 * before a gesture, not while it is inactive, not after its end, in no slot of
 * any part of its region.
 */
#include "gamepad_provider.h"

/* Found if it is anywhere: its name is in no other pad's. */
static bool has_name(const struct consumer *consumer,
		     const struct th_self_provider *self, uint32_t device)
{
	const char *id = self->pads[device].id;

	return has_bytes(consumer, id, strlen(id));
}

static void expect_closed(struct th_self_provider *self,
			  struct consumer *consumer)
{
	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_untouched(consumer));
	EXPECT_TRUE(is_all_blank(consumer, 4));
	EXPECT_FALSE(sealmem_gamepad_has_changed(&consumer->reader));
}

/* ---- what opens a gate ----------------------------------------------- */

TEST_F(provider, nothing_is_shared_before_a_gesture)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	for (uint32_t i = 0; i < 4; i++) {
		self->pads[i].axes[0] = -1;
		press(&self->pads[i], i);
		plug(self, i);
	}
	for (int step = 0; step < 20; step++)
		for (uint32_t i = 0; i < 4; i++) {
			self->pads[i].axes[1] = 0.5f - (float)step / 20;
			self->pads[i].event_time_us++;
			update(self, i);
		}
	unplug(self, 2);
	expect_closed(self, &consumer);
	consumer_leave(&consumer);
}

TEST_F(provider, one_gesture_shows_all_pads)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	for (uint32_t i = 0; i < 3; i++)
		plug(self, i);
	self->pads[0].axes[3] = 0.25f;
	update(self, 0);
	push(self, 1, 12);
	EXPECT_TRUE(self->record.pads[1].buttons[12].pressed);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 },
		    { consumer.id, CONNECTED, 1 },
		    { consumer.id, CONNECTED, 2 });
	EXPECT_TRUE(pad_of(&consumer, 0).axes[3] == 0.25f);
	EXPECT_EQ(pad_of(&consumer, 1).buttons[12].pressed, 1);
	for (uint32_t i = 0; i < 3; i++)
		EXPECT_TRUE(has_name(&consumer, self, i));
	EXPECT_FALSE(has_name(&consumer, self, 3));
	consumer_leave(&consumer);
}

/* With sanitization it does not show; without it is still no gesture. */
TEST_F(provider, what_was_held_before_is_no_gesture)
{
	struct consumer consumer;

	for (uint32_t flags = 0; flags <= 1; flags++) {
		provider_make(self, flags, 0);
		consumer_add(&self->provider, &consumer);
		self->pads[1].axes[2] = 1;
		press(&self->pads[1], 0);
		plug(self, 1);
		self->pads[1].buttons[0].value = 0.75f;
		self->pads[1].axes[2] = 0.875f;
		update(self, 1);
		self->pads[1].axes[2] = 0.25f;
		let_go(self, 1, 0);
		expect_closed(self, &consumer);
		push(self, 1, 0);
		EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
		consumer_leave(&consumer);
	}
}

TEST_F(provider, axes_have_to_pass_one_half)
{
	static const float still[] = { 0.5f, -0.5f, 0.4f, 0, -0.49f };
	static const float half[] = { 0.50001f, -0.50001f, 1, -1 };
	struct consumer consumer;

	plug(self, 1);
	for (size_t i = 0; i < sizeof(half) / sizeof(half[0]); i++) {
		consumer_add(&self->provider, &consumer);
		for (size_t k = 0; k < sizeof(still) / sizeof(still[0]); k++) {
			self->pads[1].axes[3] = still[k];
			update(self, 1);
		}
		expect_closed(self, &consumer);
		self->pads[1].axes[3] = half[i];
		update(self, 1);
		EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
		ASSERT_OK(sealmem_gamepad_provider_remove_consumer(
			&self->provider, consumer.id));
		consumer_leave(&consumer);
	}
}

/* From one side to the other it was no less than one half for us to see. */
TEST_F(provider, an_axis_that_stays_beyond_is_no_gesture)
{
	struct consumer consumer;

	plug(self, 1);
	self->pads[1].axes[0] = 0.75f;
	update(self, 1);
	consumer_add(&self->provider, &consumer);
	self->pads[1].axes[0] = -0.75f;
	update(self, 1);
	expect_closed(self, &consumer);
	consumer_leave(&consumer);
}

TEST_F(provider, a_press_that_is_over_is_a_gesture)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	/* The last before counts begin again. */
	self->pads[1].buttons[31].press_count = UINT32_MAX;
	self->pads[1].button_count = 32;
	plug(self, 1);
	self->pads[1].buttons[31].press_count = UINT32_MAX - 1;
	update(self, 1);
	expect_closed(self, &consumer);
	self->pads[1].buttons[31].press_count = 0;
	update(self, 1);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 });
	EXPECT_EQ(pad_of(&consumer, 0).buttons[31].pressed, 0);
	EXPECT_NE(pad_of(&consumer, 0).buttons[31].press_count, 0);
	consumer_leave(&consumer);
}

TEST_F(provider, a_gesture_opens_no_gate_of_the_inactive_and_the_late)
{
	struct consumer active, inactive, late;

	consumer_add(&self->provider, &active);
	consumer_add(&self->provider, &inactive);
	set_active(self, &inactive, false);
	plug(self, 1);
	push(self, 1, 0);
	EXPECT_SAID(self, { active.id, CONNECTED, 0 });
	consumer_add(&self->provider, &late);
	set_active(self, &inactive, true);
	self->pads[1].axes[0] = 0.25f;
	update(self, 1);
	expect_closed(self, &inactive);
	expect_closed(self, &late);
	EXPECT_TRUE(has_name(&active, self, 1));
	consumer_leave(&active);
	consumer_leave(&inactive);
	consumer_leave(&late);
}

/* Upstream shows it, gone, when somebody presses another. */
TEST_F(provider, a_pad_that_went_before_leaves_no_ghost)
{
	struct consumer consumer;

	consumer_add(&self->provider, &consumer);
	plug(self, 0);
	plug(self, 1);
	unplug(self, 0);
	push(self, 1, 0);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 1 });
	EXPECT_FALSE(has_name(&consumer, self, 0));
	EXPECT_EQ(pad_of(&consumer, 0).connected, 0);
	EXPECT_EQ(pad_of(&consumer, 0).connection, 0);
	consumer_leave(&consumer);
}

TEST_F(provider, without_a_gate_all_is_there_at_once)
{
	struct consumer consumer;

	provider_make(self, SEALMEM_GAMEPAD_PROVIDER_NO_GATE, 0);
	plug(self, 0);
	plug(self, 1);
	consumer_add(&self->provider, &consumer);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 },
		    { consumer.id, CONNECTED, 1 });
	EXPECT_STREQ(pad_of(&consumer, 1).id, self->pads[1].id);
	consumer_leave(&consumer);
}

/* ---- what is left afterwards ----------------------------------------- */

/* In every slot of every part there has been something of every pad. */
static void fill(struct th_self_provider *self, struct consumer *consumer)
{
	consumer_add(&self->provider, consumer);
	for (int round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < 4; i++)
			plug(self, i);
		for (uint32_t i = 0; i < 4; i++) {
			push(self, i, i);
			self->pads[i].axes[0] = -0.75f;
			let_go(self, i, i);
		}
		for (uint32_t i = 0; i < 4 && round < 2; i++)
			unplug(self, i);
	}
	self->record.count = 0;
	for (uint32_t i = 0; i < 4; i++)
		ASSERT_TRUE(has_name(consumer, self, i));
	ASSERT_FALSE(is_all_blank(consumer, 4));
}

static void expect_blank(struct th_self_provider *self,
			 struct consumer *consumer)
{
	static const float tilted = -0.75f;

	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_all_blank(consumer, 4));
	for (uint32_t i = 0; i < 4; i++) {
		EXPECT_FALSE(has_name(consumer, self, i));
		EXPECT_EQ(pad_of(consumer, i).connected, 0);
	}
	EXPECT_FALSE(has_bytes(consumer, &tilted, sizeof(tilted)));
}

TEST_F(provider, inactive_has_nothing_and_gets_nothing)
{
	struct consumer consumer;

	fill(self, &consumer);
	set_active(self, &consumer, false);
	expect_blank(self, &consumer);

	/* Whatever happens now. */
	memcpy(consumer.fresh, consumer.mapping.addr, consumer.mapping.size);
	push(self, 0, 5);
	unplug(self, 1);
	plug(self, 1);
	EXPECT_SILENCE(self);
	EXPECT_TRUE(is_untouched(&consumer));

	set_active(self, &consumer, true);
	EXPECT_SAID(self, { consumer.id, CONNECTED, 0 },
		    { consumer.id, CONNECTED, 1 },
		    { consumer.id, CONNECTED, 2 },
		    { consumer.id, CONNECTED, 3 });
	EXPECT_EQ(pad_of(&consumer, 0).buttons[5].pressed, 1);
	consumer_leave(&consumer);
}

TEST_F(provider, removed_has_nothing)
{
	struct sealmem_gamepad pad;
	struct consumer consumer;

	fill(self, &consumer);
	ASSERT_OK(sealmem_gamepad_provider_remove_consumer(&self->provider,
							   consumer.id));
	expect_blank(self, &consumer);
	EXPECT_EQ(sealmem_gamepad_read(&consumer.reader, 0, &pad),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(pad.connected, 0);
	EXPECT_EQ(sealmem_gamepad_read(&consumer.reader, 0, &pad),
		  SEALMEM_SNAPSHOT_WRITER_GONE);
	push(self, 0, 6);
	expect_blank(self, &consumer);
	consumer_leave(&consumer);
}

TEST_F(provider, closed_leaves_nothing)
{
	struct consumer consumer, inactive;
	struct sealmem_gamepad pad;

	fill(self, &consumer);
	consumer_add(&self->provider, &inactive);
	push(self, 0, 9);
	self->record.count = 0;
	set_active(self, &inactive, false);
	sealmem_gamepad_provider_close(&self->provider);
	expect_blank(self, &consumer);
	expect_blank(self, &inactive);
	EXPECT_EQ(sealmem_gamepad_read(&inactive.reader, 0, &pad),
		  SEALMEM_SNAPSHOT_FRESH);
	EXPECT_EQ(sealmem_gamepad_read(&inactive.reader, 0, &pad),
		  SEALMEM_SNAPSHOT_WRITER_GONE);
	consumer_leave(&consumer);
	consumer_leave(&inactive);
}

TEST_F(provider, a_pad_that_goes_leaves_nothing_and_the_others_alone)
{
	struct sealmem_gamepad before, after;
	struct consumer consumer;

	fill(self, &consumer);
	before = pad_of(&consumer, 3);
	unplug(self, 2);
	EXPECT_SAID(self, { consumer.id, DISCONNECTED, 2 });
	EXPECT_FALSE(has_name(&consumer, self, 2));
	after = pad_of(&consumer, 3);
	EXPECT_MEMEQ(&after, &before, sizeof(after));
	consumer_leave(&consumer);
}

/* Members that no count covers are nobody's business either. */
TEST_F(provider, what_is_beyond_the_counts_is_not_shared)
{
	static const uint32_t odd = 0x5ca1ab1e;
	struct sealmem_gamepad *pad = &self->pads[1];
	struct consumer consumer;
	float tilted;

	memcpy(&tilted, "\xfe\xca\xed\xbe", sizeof(tilted));
	consumer_add(&self->provider, &consumer);
	plug(self, 1);
	pad->axes[9] = tilted;
	pad->buttons[20].press_count = odd;
	pad->buttons[20].pressed = 1;
	pad->touches[7].touch_id = odd;
	memcpy(pad->id + 100, &odd, sizeof(odd));
	update(self, 1);
	expect_closed(self, &consumer);
	push(self, 1, 0);
	EXPECT_TRUE(has_name(&consumer, self, 1));
	EXPECT_FALSE(has_bytes(&consumer, &odd, sizeof(odd)));
	EXPECT_FALSE(has_bytes(&consumer, &tilted, sizeof(tilted)));
	EXPECT_EQ(pad_of(&consumer, 0).buttons[20].pressed, 0);
	consumer_leave(&consumer);
}

/* ---- presses and connections, as each consumer counts them ----------- */

TEST_F(provider, presses_are_counted_from_the_gesture_on)
{
	struct consumer first, second;

	consumer_add(&self->provider, &first);
	self->pads[1].buttons[0].press_count = UINT32_MAX - 2;
	plug(self, 1);
	plug(self, 2);
	for (int i = 0; i < 5; i++) {
		push(self, 1, 0);
		let_go(self, 1, 0);
		push(self, 2, 3);
		let_go(self, 2, 3);
	}
	EXPECT_EQ(pad_of(&first, 0).buttons[0].press_count, 5);
	EXPECT_EQ(pad_of(&first, 1).buttons[3].press_count, 5);

	consumer_add(&self->provider, &second);
	push(self, 1, 0);
	EXPECT_EQ(pad_of(&second, 0).buttons[0].press_count, 1);
	EXPECT_EQ(pad_of(&second, 1).buttons[3].press_count, 0);
	let_go(self, 1, 0);
	/* Three of them between two updates. */
	self->pads[2].buttons[3].press_count += 3;
	update(self, 2);
	push(self, 1, 0);
	EXPECT_EQ(pad_of(&second, 0).buttons[0].press_count, 2);
	EXPECT_EQ(pad_of(&second, 1).buttons[3].press_count, 3);
	EXPECT_EQ(pad_of(&first, 0).buttons[0].press_count, 7);
	EXPECT_EQ(pad_of(&first, 1).buttons[3].press_count, 8);
	consumer_leave(&first);
	consumer_leave(&second);
}

TEST_F(provider, presses_while_inactive_are_not_counted)
{
	struct consumer consumer;

	fill(self, &consumer);
	set_active(self, &consumer, false);
	push(self, 0, 8);
	let_go(self, 0, 8);
	set_active(self, &consumer, true);
	for (uint32_t i = 0; i < 17; i++)
		EXPECT_EQ(pad_of(&consumer, 0).buttons[i].press_count, 0);
	push(self, 0, 8);
	EXPECT_EQ(pad_of(&consumer, 0).buttons[8].press_count, 1);
	consumer_leave(&consumer);
}

/* As if somebody had pulled it out and plugged in another one. */
TEST_F(provider, a_device_that_becomes_another_begins_at_0)
{
	struct sealmem_gamepad before, now;
	struct consumer consumer;

	self->pads[0].buttons[20].press_count = 9;
	fill(self, &consumer);
	push(self, 0, 8);
	let_go(self, 0, 8);
	before = pad_of(&consumer, 0);
	EXPECT_EQ(before.buttons[8].press_count, 1);

	self->pads[0].button_count = 21;
	self->pads[0].buttons[20].press_count = 12;
	push(self, 0, 3);
	now = pad_of(&consumer, 0);
	EXPECT_EQ(now.connection, before.connection + 1);
	EXPECT_EQ(sealmem_gamepad_presses(&before, &now, 3), 1);
	EXPECT_EQ(sealmem_gamepad_presses(&before, &now, 8), 0);
	EXPECT_EQ(sealmem_gamepad_presses(&before, &now, 20), 0);
	push(self, 0, 20);
	EXPECT_EQ(pad_of(&consumer, 0).buttons[20].press_count, 1);
	consumer_leave(&consumer);
}

/* How often others saw something there is not for it to know. */
TEST_F(provider, connections_and_publications_are_its_own)
{
	struct consumer busy, consumer;

	fill(self, &busy);
	consumer_add(&self->provider, &consumer);
	EXPECT_EQ(pad_of(&busy, 0).connection, 3);
	push(self, 0, 0);
	EXPECT_EQ(pad_of(&consumer, 0).connection, 1);
	EXPECT_EQ(pad_of(&consumer, 0).sequence, 1);
	let_go(self, 0, 0);
	EXPECT_EQ(pad_of(&consumer, 0).sequence, 2);
	unplug(self, 0);
	plug(self, 0);
	EXPECT_EQ(pad_of(&consumer, 0).connection, 2);
	consumer_leave(&busy);
	consumer_leave(&consumer);
}

TH_MAIN
