/* SPDX-License-Identifier: MIT */
/*
 * Two 64-bit numbers that only grow, in a structured region, readable by
 * machines that load 32 bits at once and may not write.
 *
 * Each number is three words, after Lamport ("Concurrent reading and writing of
 * clocks"). The writer stores the upper half ahead, then the lower half, then
 * the upper half again behind; a reader loads them the other way round. Found
 * equal, no other upper half was ever there in between, since it never comes
 * back to what it was: so the lower half belongs to it.
 *
 * The writer keeps the numbers itself and only ever stores the shared ones.
 */
#include <errno.h>
#include <sealmem/shared_version.h>
#include <sealmem/structured.h>

#include "lib/atomic.h"

#define MAGIC 0x53524556u /* "VERS", little-endian */
#define LAYOUT_VERSION 1u
/* Only a new upper half, once in 2^32 steps, can make a reader try again. */
#define READ_TRIES 16

struct number {
	uint32_t upper_ahead;
	uint32_t lower;
	uint32_t upper_behind;
	uint32_t reserved;
};

/* A line each: who waits for one is not woken by the other's cache misses. */
struct shared {
	struct number version;
	uint32_t reserved[12];
	struct number committed_writes;
	uint32_t reserved_too[12];
};

_Static_assert(sizeof(struct shared) == 128, "two lines");

static const struct sealmem_structured_layout layout = {
	.struct_size = sizeof(layout),
	.size = sizeof(struct shared),
	.alignment = 64,
	.magic = MAGIC,
	.version = LAYOUT_VERSION,
};

/* --- one number ------------------------------------------------------------ */

static void store_number(struct number *to, uint64_t value)
{
	uint32_t upper = (uint32_t)(value >> 32);

	atomic_store_word(&to->upper_ahead, upper);
	/* Pairs with load_number(): this lower half shows that upper half. */
	atomic_store_release(&to->lower, (uint32_t)value);
	/* And this upper half shows that lower half, or a later one. */
	atomic_store_release(&to->upper_behind, upper);
}

static bool load_number(const struct number *from, uint64_t *ret_value)
{
	for (int i = 0; i < READ_TRIES; i++) {
		uint32_t behind = atomic_load_acquire(&from->upper_behind);
		uint32_t lower = atomic_load_acquire(&from->lower);
		uint32_t ahead = atomic_load_word(&from->upper_ahead);

		if (behind == ahead) {
			*ret_value = (uint64_t)ahead << 32 | lower;
			return true;
		}
	}
	return false;
}

/* --- controller ------------------------------------------------------------ */

static struct shared *
shared_of(const struct sealmem_version_controller *controller)
{
	return controller->mapping.addr;
}

int sealmem_version_controller_create(
	const struct sealmem_options *options,
	struct sealmem_readonly_region *ret_region,
	struct sealmem_version_controller *ret_controller)
{
	static const struct shared initial = {
		.version.lower = SEALMEM_SHARED_VERSION_INITIAL,
	};
	struct sealmem_writable_mapping mapping = { 0 };
	int ret = sealmem_structured_create(&layout, &initial, options,
					    ret_region, &mapping);

	if (ret < 0)
		return ret;
	*ret_controller = (struct sealmem_version_controller){
		.mapping = mapping,
		.version = SEALMEM_SHARED_VERSION_INITIAL,
	};
	return 0;
}

uint64_t sealmem_version_controller_version(
	const struct sealmem_version_controller *controller)
{
	return controller->version;
}

uint64_t sealmem_version_controller_committed_writes(
	const struct sealmem_version_controller *controller)
{
	return controller->committed_writes;
}

int sealmem_version_controller_increment(
	struct sealmem_version_controller *controller)
{
	return sealmem_version_controller_set(controller,
					      controller->version + 1);
}

int sealmem_version_controller_set(
	struct sealmem_version_controller *controller, uint64_t version)
{
	if (controller->mapping.size == 0)
		return -EBADF;
	if (version == UINT64_MAX)
		return -EOVERFLOW;
	if (version < controller->version)
		return -EINVAL;
	controller->version = version;
	store_number(&shared_of(controller)->version, version);
	return 0;
}

int sealmem_version_controller_commit_write(
	struct sealmem_version_controller *controller)
{
	if (controller->mapping.size == 0)
		return -EBADF;
	if (controller->committed_writes == UINT64_MAX)
		return -EOVERFLOW;
	store_number(&shared_of(controller)->committed_writes,
		     ++controller->committed_writes);
	return 0;
}

void sealmem_version_controller_close(
	struct sealmem_version_controller *controller)
{
	sealmem_writable_mapping_unmap(&controller->mapping);
	*controller = (struct sealmem_version_controller){ 0 };
}

/* --- client ---------------------------------------------------------------- */

int sealmem_version_client_attach(const struct sealmem_readonly_region *region,
				  struct sealmem_version_client *ret_client)
{
	return sealmem_structured_attach(region, &layout, &ret_client->mapping,
					 NULL);
}

static bool load_version(const struct sealmem_version_client *client,
			 uint64_t *ret_version)
{
	const struct shared *shared = client->mapping.addr;

	return shared && load_number(&shared->version, ret_version);
}

uint64_t
sealmem_version_client_version(const struct sealmem_version_client *client)
{
	uint64_t version;

	return load_version(client, &version) ? version :
						SEALMEM_SHARED_VERSION_INVALID;
}

bool sealmem_version_client_is_below(
	const struct sealmem_version_client *client, uint64_t version)
{
	uint64_t shared;

	return version == SEALMEM_SHARED_VERSION_INVALID ||
	       !load_version(client, &shared) || shared < version;
}

bool sealmem_version_client_is_above(
	const struct sealmem_version_client *client, uint64_t version)
{
	uint64_t shared;

	return version == SEALMEM_SHARED_VERSION_INVALID ||
	       !load_version(client, &shared) || shared > version;
}

bool sealmem_version_client_is_committed_below(
	const struct sealmem_version_client *client, uint64_t count)
{
	const struct shared *shared = client->mapping.addr;
	uint64_t committed;

	return !shared || !load_number(&shared->committed_writes, &committed) ||
	       committed < count;
}

void sealmem_version_client_close(struct sealmem_version_client *client)
{
	sealmem_readonly_mapping_unmap(&client->mapping);
}
