/* SPDX-License-Identifier: MIT */
/*
 * A gamepad provider for tests: devices that are made up, consumers with what
 * they could do at most (their region is mapped whole and looked into), and all
 * that the provider said.
 */
#ifndef SELFTESTS_GAMEPAD_PROVIDER_H
#define SELFTESTS_GAMEPAD_PROVIDER_H

#include <fcntl.h>
#include <sys/mman.h>

#include "snapshot.h"

#define CONNECTED    SEALMEM_GAMEPAD_CONNECTED
#define DISCONNECTED SEALMEM_GAMEPAD_DISCONNECTED
#define RECOGNISED   SEALMEM_GAMEPAD_RECOGNISED

/* ---- what was said --------------------------------------------------- */

struct said {
	uint64_t consumer;
	enum sealmem_gamepad_event event;
	uint32_t slot;
};

struct record {
	uint32_t count;
	struct said said[128];
	struct sealmem_gamepad pads[128];
};

static void note(void *data, uint64_t consumer,
		 enum sealmem_gamepad_event event, uint32_t slot,
		 const struct sealmem_gamepad *pad)
{
	struct record *record = data;

	ASSERT_LT(record->count, 128);
	record->pads[record->count] = *pad;
	record->said[record->count++] = (struct said){ consumer, event, slot };
}

/* ---- devices --------------------------------------------------------- */

/* As it lies on the table. The name is a long one, to be looked for. */
static inline struct sealmem_gamepad pad_at_rest(uint32_t number)
{
	struct sealmem_gamepad pad = {
		.connected = 1,
		.mapping = SEALMEM_GAMEPAD_MAPPING_STANDARD,
		.axis_count = 4,
		.button_count = 17,
		.axes_used = 0xf,
		.buttons_used = 0x1ffff,
	};

	for (uint32_t i = 0; i < pad.button_count; i++)
		pad.buttons[i].type = SEALMEM_GAMEPAD_BUTTON_STANDARD;
	snprintf(pad.id, sizeof(pad.id), "secret pad number %u", number);
	return pad;
}

static inline void press(struct sealmem_gamepad *pad, uint32_t button)
{
	pad->buttons[button].pressed = 1;
	pad->buttons[button].touched = 1;
	pad->buttons[button].value = 1;
	pad->buttons[button].press_count++;
}

static inline void release(struct sealmem_gamepad *pad, uint32_t button)
{
	pad->buttons[button].pressed = 0;
	pad->buttons[button].touched = 0;
	pad->buttons[button].value = 0;
}

/* ---- consumers ------------------------------------------------------- */

struct consumer {
	uint64_t id;
	struct sealmem_readonly_region region;
	struct sealmem_readonly_mapping mapping;
	struct sealmem_gamepad_reader reader;
	/* All of its region as it was when it came. */
	unsigned char *fresh;
};

static inline void consumer_add(struct sealmem_gamepad_provider *provider,
				struct consumer *consumer)
{
	*consumer = (struct consumer){ 0 };
	ASSERT_OK(sealmem_gamepad_provider_add_consumer(
		provider, NULL, &consumer->region, &consumer->id));
	ASSERT_OK(sealmem_readonly_region_map(&consumer->region,
					      &consumer->mapping));
	ASSERT_OK(sealmem_gamepad_reader_attach(&consumer->region,
						&consumer->reader));
	consumer->fresh = malloc(consumer->mapping.size);
	ASSERT_NOT_NULL(consumer->fresh);
	memcpy(consumer->fresh, consumer->mapping.addr,
	       consumer->mapping.size);
}

/* Its own part: it lets go of what it has. */
static inline void consumer_leave(struct consumer *consumer)
{
	sealmem_gamepad_reader_close(&consumer->reader);
	sealmem_readonly_mapping_unmap(&consumer->mapping);
	sealmem_readonly_region_close(&consumer->region);
	free(consumer->fresh);
	*consumer = (struct consumer){ 0 };
}

/* What it could read there now, whether it has read it before or not. */
static inline struct sealmem_gamepad pad_of(const struct consumer *consumer,
					    uint32_t slot)
{
	struct sealmem_gamepad_reader reader = { 0 };
	struct sealmem_gamepad pad = { 0 };
	int ret;

	ASSERT_OK(sealmem_gamepad_reader_attach(&consumer->region, &reader));
	ret = sealmem_gamepad_read(&reader, slot, &pad);
	EXPECT_TRUE(ret == SEALMEM_SNAPSHOT_FRESH ||
		    ret == SEALMEM_SNAPSHOT_UNCHANGED ||
		    ret == SEALMEM_SNAPSHOT_WRITER_GONE);
	sealmem_gamepad_reader_close(&reader);
	return pad;
}

/* As if it had never been anything else. */
static inline bool is_untouched(const struct consumer *consumer)
{
	return memcmp(consumer->fresh, consumer->mapping.addr,
		      consumer->mapping.size) == 0;
}

static inline bool has_bytes(const struct consumer *consumer,
			     const void *bytes, size_t size)
{
	return memmem(consumer->mapping.addr, consumer->mapping.size, bytes,
		      size) != NULL;
}

/*
 * Is no byte of any pad left in any slot of any part? Of a pad that is gone
 * there may be the number of its connection and how often it was published,
 * where lib/gamepad_layout.h says.
 */
static inline bool is_blank_slot(const unsigned char *slot, bool is_hot)
{
	for (size_t i = is_hot ? 8 : 0; i < 896; i++)
		if (slot[i] != 0 && !(is_hot && i >= 24 && i < 28))
			return false;
	return true;
}

static inline bool is_all_blank(const struct consumer *consumer,
				uint32_t pad_count)
{
	struct sealmem_snapshot_layout layout = layout_of(2 * pad_count, 896);
	void *memory = (void *)(uintptr_t)consumer->mapping.addr;
	size_t size;
	bool blank = true;

	/* Nothing lies elsewhere. */
	ASSERT_OK(sealmem_snapshot_size(&layout, &size));
	ASSERT_EQ(consumer->mapping.size, size);
	for (uint32_t part = 0; part < layout.part_count; part++)
		for (uint32_t slot = 0; slot < 2; slot++)
			blank &= is_blank_slot(slot_at(memory, &layout, part,
						       slot),
					       part < pad_count);
	return blank;
}

/* ---- the provider ---------------------------------------------------- */

FIXTURE(provider)
{
	struct sealmem_gamepad_provider provider;
	struct record record;
	/* What each device is like, by its number. */
	struct sealmem_gamepad pads[40];
};

static inline void provider_make(struct th_self_provider *self, uint32_t flags,
				 uint32_t pad_count)
{
	struct sealmem_gamepad_provider_options options = {
		.struct_size = sizeof(options),
		.flags = flags,
		.pad_count = pad_count,
		.notice = note,
		.data = &self->record,
	};

	sealmem_gamepad_provider_close(&self->provider);
	ASSERT_OK(sealmem_gamepad_provider_create(&options, &self->provider));
	for (uint32_t i = 0; i < 40; i++)
		self->pads[i] = pad_at_rest(i);
}

FIXTURE_SETUP(provider)
{
	provider_make(self, 0, 0);
}

FIXTURE_TEARDOWN(provider)
{
	sealmem_gamepad_provider_close(&self->provider);
}

/* Returns its slot. */
static inline uint32_t plug(struct th_self_provider *self, uint32_t device)
{
	uint32_t slot = UINT32_MAX;

	ASSERT_OK(sealmem_gamepad_provider_connect(&self->provider, device, 0,
						   &self->pads[device],
						   &slot));
	return slot;
}

static inline void unplug(struct th_self_provider *self, uint32_t device)
{
	ASSERT_OK(sealmem_gamepad_provider_disconnect(&self->provider,
						      device));
}

static inline void update(struct th_self_provider *self, uint32_t device)
{
	ASSERT_OK(sealmem_gamepad_provider_update(&self->provider, device,
						  &self->pads[device]));
}

static inline void push(struct th_self_provider *self, uint32_t device,
			uint32_t button)
{
	press(&self->pads[device], button);
	update(self, device);
}

static inline void let_go(struct th_self_provider *self, uint32_t device,
			  uint32_t button)
{
	release(&self->pads[device], button);
	update(self, device);
}

static inline void set_active(struct th_self_provider *self,
			      const struct consumer *consumer, bool active)
{
	ASSERT_OK(sealmem_gamepad_provider_set_active(&self->provider,
						      consumer->id, active));
}

/* Exactly this was said, in this order, since the last call. */
#define EXPECT_SAID(self, ...)						\
	expect_said(__FILE__, __LINE__, self,				\
		    (const struct said[]){ __VA_ARGS__ },		\
		    sizeof((const struct said[]){ __VA_ARGS__ }) /	\
			    sizeof(struct said))
#define EXPECT_SILENCE(self) expect_said(__FILE__, __LINE__, self, NULL, 0)

static inline void expect_said(const char *file, int line,
			       struct th_self_provider *self,
			       const struct said *said, size_t count)
{
	struct record *record = &self->record;

	if (record->count != count)
		th_fail(file, line, th_format("%u notices, not %zu",
					      record->count, count));
	for (size_t i = 0; i < count && i < record->count; i++)
		if (record->said[i].consumer != said[i].consumer ||
		    record->said[i].event != said[i].event ||
		    record->said[i].slot != said[i].slot)
			th_fail(file, line,
				th_format("notice %zu is %u of slot %u for "
					  "consumer %ju", i,
					  record->said[i].event,
					  record->said[i].slot,
					  (uintmax_t)record->said[i].consumer));
	record->count = 0;
}

#endif
