/* SPDX-License-Identifier: MIT */
/* The table of live mappings: who comes, who goes, what a fork leaves of it. */
#include "lib/tracker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/budget.h"
#include "lib/lock.h"
#include "sealing/sealing.h"

#define FIRST_CAPACITY 32
#define NAME_PREFIX "shared_memory/"

enum state { STATE_FREE, STATE_MAPPED, STATE_LEAVING };

struct record {
	struct sealmem_tracked tracked;
	struct sealmem_budget *budget;
	enum state state;
	/* Of a free one: the next free one, plus one; 0 is the end. */
	size_t next_free;
};

/* Grows and never shrinks: it is as large as the most mappings there were. */
static struct {
	struct record *records;
	size_t capacity;
	/* Records from here on were never used. */
	size_t used;
	size_t first_free;
	size_t mapped_count;
	uint64_t last_serial;
} table;

/* --- records: the lock is held -------------------------------------------- */

static struct record *find(const struct sealmem_mapping_id *id,
			   enum state state)
{
	struct record *record;

	if (id->serial == 0 || id->slot >= table.used)
		return NULL;
	record = &table.records[id->slot];
	if (record->state != state || record->tracked.priv.serial != id->serial)
		return NULL;
	return record;
}

static void leave(struct record *record)
{
	record->state = STATE_LEAVING;
	table.mapped_count--;
}

static void free_record(struct record *record)
{
	budget_release(record->budget, record->tracked.mapped_size);
	budget_unref(record->budget);
	*record = (struct record){
		.tracked.priv = record->tracked.priv,
		.next_free = table.first_free,
	};
	table.first_free = record->tracked.priv.slot + 1;
}

/* Doubling cannot overflow: a mapping takes more than its record. */
static int grow(void)
{
	size_t capacity = table.capacity ? 2 * table.capacity : FIRST_CAPACITY;
	struct record *records =
		realloc(table.records, capacity * sizeof(*records));

	if (!records)
		return -ENOMEM;
	table.records = records;
	table.capacity = capacity;
	return 0;
}

/*
 * In the child of a fork, which has one thread. What was kept out of it is
 * gone; what another thread was unmapping nobody will ever unmap.
 */
static void forget_what_is_not_inherited(void)
{
	for (size_t i = 0; i < table.used; i++) {
		struct record *record = &table.records[i];

		if (record->state == STATE_MAPPED &&
		    record->tracked.kind == SEALMEM_KIND_WRITABLE)
			leave(record);
		if (record->state == STATE_LEAVING)
			free_record(record);
	}
}

int tracker_make_room(void)
{
	int ret = lock_watch_forks(forget_what_is_not_inherited);

	if (ret < 0)
		return ret;
	if (table.first_free != 0 || table.used < table.capacity)
		return 0;
	return grow();
}

void tracker_add(struct sealmem_tracked *tracked, struct sealmem_budget *budget)
{
	size_t slot = table.used;

	if (table.first_free != 0) {
		slot = table.first_free - 1;
		table.first_free = table.records[slot].next_free;
	} else {
		table.used++;
	}
	tracked->priv.serial = ++table.last_serial;
	tracked->priv.slot = slot;
	budget_ref(budget);
	table.records[slot] = (struct record){
		.tracked = *tracked,
		.budget = budget,
		.state = STATE_MAPPED,
	};
	table.mapped_count++;
}

/* --- the way out ---------------------------------------------------------- */

bool tracker_take(const struct sealmem_mapping_id *id,
		  struct sealmem_tracked *ret_tracked)
{
	struct record *record;

	lock_take();
	record = find(id, STATE_MAPPED);
	if (record) {
		leave(record);
		*ret_tracked = record->tracked;
	}
	lock_give();
	return record;
}

void tracker_drop(const struct sealmem_mapping_id *id)
{
	struct record *record;

	lock_take();
	record = find(id, STATE_LEAVING);
	if (record)
		free_record(record);
	lock_give();
}

/* --- looking -------------------------------------------------------------- */

size_t tracker_skip(const struct sealmem_tracked *tracked)
{
	return (size_t)(tracked->offset % sealing_page_size());
}

void *tracker_base(const struct sealmem_tracked *tracked)
{
	return (char *)(uintptr_t)tracked->addr - tracker_skip(tracked);
}

int tracker_resident(const struct sealmem_mapping_id *id, size_t *ret_size)
{
	const struct record *record;
	int ret = -EBADF;

	lock_take();
	record = find(id, STATE_MAPPED);
	if (record)
		ret = sealing_map_resident(tracker_base(&record->tracked),
					   record->tracked.mapped_size,
					   ret_size);
	lock_give();
	return ret;
}

int sealmem_tracker_resident(const struct sealmem_tracked *tracked,
			     size_t *ret_size)
{
	return tracker_resident(&tracked->priv, ret_size);
}

size_t sealmem_tracker_claim(struct sealmem_token token, uint32_t importance)
{
	size_t count = 0;

	lock_take();
	for (size_t i = 0; i < table.used; i++) {
		struct record *record = &table.records[i];

		if (record->state == STATE_MAPPED &&
		    sealmem_token_equal(token, record->tracked.token)) {
			record->tracked.importance = importance;
			count++;
		}
	}
	lock_give();
	return count;
}

void sealmem_tracker_name(struct sealmem_token token,
			  char ret_text[SEALMEM_TRACKER_NAME_SIZE])
{
	_Static_assert(sizeof(NAME_PREFIX) - 1 + SEALMEM_TOKEN_TEXT_SIZE ==
			       SEALMEM_TRACKER_NAME_SIZE,
		       "prefix and token");
	memcpy(ret_text, NAME_PREFIX, sizeof(NAME_PREFIX) - 1);
	sealmem_token_format(token, ret_text + sizeof(NAME_PREFIX) - 1);
}

/* --- copies --------------------------------------------------------------- */

/* With the lock held; the caller frees it. At least one byte is asked for. */
static struct sealmem_tracked *copy_table(size_t *ret_count)
{
	struct sealmem_tracked *copy =
		malloc((table.mapped_count + 1) * sizeof(*copy));
	size_t count = 0;

	for (size_t i = 0; copy && i < table.used; i++)
		if (table.records[i].state == STATE_MAPPED)
			copy[count++] = table.records[i].tracked;
	*ret_count = count;
	return copy;
}

int tracker_copy(struct sealmem_tracked **ret_copy, size_t *ret_count)
{
	struct sealmem_tracked *copy;

	lock_take();
	copy = copy_table(ret_count);
	lock_give();
	if (!copy)
		return -ENOMEM;
	*ret_copy = copy;
	return 0;
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct sealmem_tracked *)a)->addr;
	uintptr_t y = (uintptr_t)((const struct sealmem_tracked *)b)->addr;

	return (x > y) - (x < y);
}

int sealmem_tracker_for_each(int (*visit)(const struct sealmem_tracked *tracked,
					  void *data),
			     void *data)
{
	struct sealmem_tracked *copy;
	size_t count;
	int ret = tracker_copy(&copy, &count);

	if (ret < 0)
		return ret;
	qsort(copy, count, sizeof(*copy), by_address);
	for (size_t i = 0; i < count && ret == 0; i++)
		ret = visit(&copy[i], data);
	free(copy);
	return ret;
}
