/* SPDX-License-Identifier: MIT */
/*
 * Memory that may be purged while nobody uses it, and the word that says so.
 *
 * In memory: a page with magic, version and, in a line of its own, the word;
 * then the data. The word is the time of the last use, shifted by one, and a
 * bit that is set while somebody uses it; both zero is purged. Every holder can
 * write anything there, so nothing but this instance's own page table decides
 * what it does with its own memory, and each change is one compare-and-swap.
 */
#include <errno.h>
#include <sealmem/discardable.h>
#include <stdlib.h>
#include <string.h>

#include "lib/atomic.h"
#include "lib/handle.h"
#include "lib/size.h"
#include "sealing/sealing.h"

#define MAGIC 0x43444d53u /* "SMDC", little-endian */
#define VERSION 1u

#define PURGED 0u
#define LOCKED 1u

struct head {
	uint32_t magic;
	uint32_t version;
	uint32_t reserved[14];
	wide_word word;
};

_Static_assert(offsetof(struct head, word) == 64, "a line of its own");

static uint64_t unlocked_at(uint64_t time)
{
	return time << 1;
}

static uint64_t time_of(uint64_t word)
{
	return word >> 1;
}

static bool is_time_valid(uint64_t now)
{
	return now >= 1 && now <= SEALMEM_DISCARDABLE_TIME_MAX;
}

/* --- this instance ---------------------------------------------------------- */

static bool is_empty(const struct sealmem_discardable *d)
{
	return d->mapping.size == 0;
}

static struct head *head_of(const struct sealmem_discardable *d)
{
	return d->mapping.addr;
}

static void hold_all(struct sealmem_discardable *d)
{
	memset(d->locked_pages, 1, d->page_count);
	d->locked_count = d->page_count;
	d->is_holding = true;
}

static void hold_none(struct sealmem_discardable *d)
{
	memset(d->locked_pages, 0, d->page_count);
	d->locked_count = 0;
	d->is_holding = false;
}

void *sealmem_discardable_data(const struct sealmem_discardable *d)
{
	return is_empty(d) ? NULL :
			     (char *)d->mapping.addr + sealing_page_size();
}

size_t sealmem_discardable_size(const struct sealmem_discardable *d)
{
	return d->page_count * sealing_page_size();
}

uint64_t sealmem_discardable_last_usage(const struct sealmem_discardable *d)
{
	return d->last_usage;
}

/* --- birth and end ---------------------------------------------------------- */

static int check_head(const struct sealmem_discardable *d)
{
	const struct head *head = head_of(d);

	return atomic_load_word(&head->magic) == MAGIC &&
			       atomic_load_word(&head->version) == VERSION ?
		       0 :
		       -EPROTO;
}

static void write_head(struct sealmem_discardable *d)
{
	struct head *head = head_of(d);

	atomic_store_word(&head->magic, MAGIC);
	atomic_store_word(&head->version, VERSION);
	atomic_store_wide(&head->word, LOCKED);
}

/* Whoever fails unmaps. */
static int attach(const struct sealmem_unsafe_region *region, bool is_new,
		  struct sealmem_discardable *d)
{
	int ret = sealmem_unsafe_region_map(region, &d->mapping);

	if (ret < 0)
		return ret;
	if (is_new)
		write_head(d);
	ret = check_head(d);
	if (ret < 0)
		return ret;
	d->page_count = d->mapping.size / sealing_page_size() - 1;
	/* One more than there are, so that there is something to allocate. */
	d->locked_pages = calloc(d->page_count + 1, 1);
	return d->locked_pages ? 0 : -ENOMEM;
}

static int adopt(struct sealmem_unsafe_region *take_region, bool is_new,
		 struct sealmem_discardable *ret_discardable)
{
	struct sealmem_discardable d = { 0 };
	int ret = attach(take_region, is_new, &d);
	uint64_t word;

	if (ret < 0) {
		sealmem_discardable_unmap(&d);
		return ret;
	}
	word = atomic_load_wide(&head_of(&d)->word);
	if (word & LOCKED)
		hold_all(&d);
	else
		d.last_usage = time_of(word);
	d.region.priv = handle_take(&take_region->priv);
	*ret_discardable = d;
	return 0;
}

int sealmem_discardable_create(size_t size,
			       const struct sealmem_options *options,
			       struct sealmem_discardable *ret_discardable)
{
	struct sealmem_unsafe_region region = { 0 };
	size_t page = sealing_page_size(), rounded;
	int ret;

	if (!ATOMIC_HAS_WIDE)
		return -EOPNOTSUPP;
	if (size > SIZE_MAX - 2 * page)
		return -EINVAL;
	ret = size_round_up(size + page, page, &rounded);
	if (ret < 0)
		return ret;
	ret = sealmem_unsafe_region_create(rounded, options, &region);
	if (ret < 0)
		return ret;
	ret = adopt(&region, true, ret_discardable);
	sealmem_unsafe_region_close(&region);
	return ret;
}

int sealmem_discardable_map(struct sealmem_unsafe_region *take_region,
			    struct sealmem_discardable *ret_discardable)
{
	size_t size = sealmem_unsafe_region_size(take_region);

	if (!ATOMIC_HAS_WIDE)
		return -EOPNOTSUPP;
	if (size == 0)
		return -EBADF;
	if (size % sealing_page_size() != 0)
		return -EPROTO;
	return adopt(take_region, false, ret_discardable);
}

int sealmem_discardable_dup_region(const struct sealmem_discardable *d,
				   struct sealmem_unsafe_region *ret_region)
{
	return sealmem_unsafe_region_dup(&d->region, ret_region);
}

void sealmem_discardable_close(struct sealmem_discardable *d)
{
	sealmem_unsafe_region_close(&d->region);
}

void sealmem_discardable_unmap(struct sealmem_discardable *d)
{
	sealmem_unsafe_region_close(&d->region);
	sealmem_writable_mapping_unmap(&d->mapping);
	free(d->locked_pages);
	*d = (struct sealmem_discardable){ 0 };
}

/* --- the word --------------------------------------------------------------- */

bool sealmem_discardable_is_resident(const struct sealmem_discardable *d)
{
	return !is_empty(d) && atomic_load_wide(&head_of(d)->word) != PURGED;
}

bool sealmem_discardable_is_locked(const struct sealmem_discardable *d)
{
	return !is_empty(d) && atomic_load_wide(&head_of(d)->word) & LOCKED;
}

/* True if it was @from and now is @to; else what it is instead. */
static bool change(struct sealmem_discardable *d, uint64_t from, uint64_t to,
		   uint64_t *ret_found)
{
	*ret_found = from;
	return atomic_exchange_wide(&head_of(d)->word, ret_found, to);
}

static int take_lock(struct sealmem_discardable *d)
{
	uint64_t found = PURGED;

	/* Nothing that was purged can be locked, not even by its own word. */
	if (d->last_usage == 0)
		found = atomic_load_wide(&head_of(d)->word);
	else if (change(d, unlocked_at(d->last_usage), LOCKED, &found))
		return 0;
	d->last_usage = time_of(found);
	if (found & LOCKED)
		return -EBUSY;
	return d->last_usage == 0 ? -ENODATA : -EAGAIN;
}

static int give_lock(struct sealmem_discardable *d, uint64_t now)
{
	uint64_t found;
	bool is_done = change(d, LOCKED, unlocked_at(now), &found);

	d->is_holding = false;
	d->last_usage = is_done ? now : time_of(found);
	return is_done ? 0 : -EAGAIN;
}

/* --- pages ------------------------------------------------------------------ */

struct pages {
	size_t first;
	size_t count;
};

static int find_pages(const struct sealmem_discardable *d, uint64_t offset,
		      size_t length, struct pages *ret_pages)
{
	size_t page = sealing_page_size();
	size_t size = d->page_count * page;

	if (is_empty(d))
		return -EBADF;
	if (offset % page != 0 || length % page != 0 || offset > size)
		return -EINVAL;
	if (length == 0)
		length = size - (size_t)offset;
	/* Nothing is only right where there is nothing. */
	if (length > size - offset || (length == 0 && size != 0))
		return -EINVAL;
	ret_pages->first = (size_t)offset / page;
	ret_pages->count = length / page;
	return 0;
}

static bool are_all(const struct sealmem_discardable *d, struct pages pages,
		    bool is_locked)
{
	for (size_t i = 0; i < pages.count; i++)
		if (d->locked_pages[pages.first + i] != is_locked)
			return false;
	return true;
}

int sealmem_discardable_lock(struct sealmem_discardable *d, uint64_t offset,
			     size_t length)
{
	struct pages pages;
	int ret = find_pages(d, offset, length, &pages);

	if (ret == 0 &&
	    (!are_all(d, pages, false) || (pages.count == 0 && d->is_holding)))
		ret = -EINVAL;
	if (ret == 0 && !d->is_holding)
		ret = take_lock(d);
	if (ret < 0)
		return ret;
	memset(d->locked_pages + pages.first, 1, pages.count);
	d->locked_count += pages.count;
	d->is_holding = true;
	return 0;
}

int sealmem_discardable_unlock(struct sealmem_discardable *d, uint64_t offset,
			       size_t length, uint64_t now)
{
	struct pages pages;
	int ret = find_pages(d, offset, length, &pages);

	if (ret == 0 &&
	    (!are_all(d, pages, true) || !d->is_holding || !is_time_valid(now)))
		ret = -EINVAL;
	if (ret < 0)
		return ret;
	memset(d->locked_pages + pages.first, 0, pages.count);
	d->locked_count -= pages.count;
	return d->locked_count > 0 ? 0 : give_lock(d, now);
}

/* --- purge and recommit ----------------------------------------------------- */

static void drop(struct sealmem_discardable *d)
{
	size_t size = sealmem_discardable_size(d);
	void *data = sealmem_discardable_data(d);

	if (size != 0 && sealing_map_remove(data, size) < 0)
		memset(data, 0, size);
}

/*
 * Locked while it lasts: pages that somebody has recommitted meanwhile would be
 * dropped with the rest.
 */
int sealmem_discardable_purge(struct sealmem_discardable *d, uint64_t now)
{
	uint64_t found;

	if (is_empty(d))
		return -EBADF;
	if (!is_time_valid(now))
		return -EINVAL;
	if (!change(d, unlocked_at(d->last_usage), LOCKED, &found)) {
		d->last_usage = found & LOCKED ? now : time_of(found);
		return found & LOCKED ? -EBUSY : -EAGAIN;
	}
	drop(d);
	hold_none(d);
	d->last_usage = 0;
	/* What somebody wrote there meanwhile is no worse than before. */
	change(d, LOCKED, PURGED, &found);
	return 0;
}

/* Through the descriptor: what cannot be had is an error and not a signal. */
int sealmem_discardable_recommit(struct sealmem_discardable *d)
{
	uint64_t found;
	int ret;

	if (is_empty(d) || sealmem_unsafe_region_is_empty(&d->region))
		return -EBADF;
	if (!change(d, PURGED, LOCKED, &found)) {
		if (found & LOCKED)
			return -EBUSY;
		d->last_usage = time_of(found);
		return -EAGAIN;
	}
	ret = sealing_memfd_zero(sealmem_unsafe_region_fd(&d->region),
				 sealing_page_size(),
				 sealmem_discardable_size(d));
	if (ret < 0) {
		change(d, LOCKED, PURGED, &found);
		return ret;
	}
	hold_all(d);
	return 0;
}
