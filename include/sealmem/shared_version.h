/* SPDX-License-Identifier: MIT */
/*
 * Shared versions: a controller counts versions and committed writes of
 * something that it keeps elsewhere; clients look, with three loads, whether
 * what they hold is out of date before they ask for more.
 *
 * Clients have read-only mappings, so looking takes no locked instruction, and
 * one client cannot disturb another. Both numbers only grow. They are 64 bits
 * wide on every machine, and a 32-bit client of a 64-bit controller reads them
 * whole.
 *
 * Where a client cannot tell (the memory says nothing that makes sense, or its
 * version is SEALMEM_SHARED_VERSION_INVALID) every comparison is true: ask the
 * controller by other means. Comparisons are hints, not locks: the number may
 * change between the answer and what is done about it.
 *
 * Not promised: that a hostile controller tells the truth, or that its numbers
 * grow.
 */
#ifndef SEALMEM_SHARED_VERSION_H
#define SEALMEM_SHARED_VERSION_H

#include <sealmem/base.h>
#include <sealmem/mapping.h>
#include <sealmem/region.h>

/* No version has this number; a controller starts with the other. */
#define SEALMEM_SHARED_VERSION_INVALID 0
#define SEALMEM_SHARED_VERSION_INITIAL 1

/** struct sealmem_version_controller - Private. Zero is the empty one */
struct sealmem_version_controller {
	struct sealmem_writable_mapping mapping;
	uint64_t version;
	uint64_t committed_writes;
};

/** struct sealmem_version_client - Private. Zero is the empty one */
struct sealmem_version_client {
	struct sealmem_readonly_mapping mapping;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_version_controller_create() - Begin to count
 * @options: How to create the region, or NULL
 * @ret_region: Receives the live region, to be handed to clients
 * @ret_controller: Receives the controller
 *
 * The version is SEALMEM_SHARED_VERSION_INITIAL; there are no committed writes.
 *
 * Context: As sealmem_writable_region_create().
 * Kernel: F_SEAL_FUTURE_WRITE (5.1); without it -EOPNOTSUPP. Needs procfs.
 * Return: 0, or as sealmem_readonly_region_create().
 */
SEALMEM_FALLIBLE int sealmem_version_controller_create(
	const struct sealmem_options *options,
	struct sealmem_readonly_region *ret_region,
	struct sealmem_version_controller *ret_controller);

/**
 * sealmem_version_controller_version() - The version now
 * @controller: Controller; may be empty
 *
 * Context: The thread that owns @controller; async-signal-safe.
 * Return: Version; SEALMEM_SHARED_VERSION_INVALID if empty.
 */
SEALMEM_API uint64_t sealmem_version_controller_version(
	const struct sealmem_version_controller *controller);

/**
 * sealmem_version_controller_committed_writes() - Committed writes until now
 * @controller: Controller; may be empty
 *
 * Context: The thread that owns @controller; async-signal-safe.
 * Return: How many; 0 if empty.
 */
SEALMEM_API uint64_t sealmem_version_controller_committed_writes(
	const struct sealmem_version_controller *controller);

/**
 * sealmem_version_controller_increment() - The next version
 * @controller: Controller
 *
 * Who sees the new version sees what this thread stored before.
 *
 * Context: The thread that owns @controller.
 * Return: 0, or -EBADF (empty), -EOVERFLOW (the largest was reached).
 */
SEALMEM_FALLIBLE int sealmem_version_controller_increment(
	struct sealmem_version_controller *controller);

/**
 * sealmem_version_controller_set() - This version
 * @controller: Controller
 * @version: At least the version now, and below UINT64_MAX
 *
 * Context: The thread that owns @controller.
 * Return: 0, or -EBADF (empty), -EINVAL (below the version now), -EOVERFLOW
 * (UINT64_MAX).
 */
SEALMEM_FALLIBLE int
sealmem_version_controller_set(struct sealmem_version_controller *controller,
			       uint64_t version);

/**
 * sealmem_version_controller_commit_write() - Count one more committed write
 * @controller: Controller
 *
 * Context: The thread that owns @controller.
 * Return: 0, or -EBADF (empty), -EOVERFLOW (the largest was reached).
 */
SEALMEM_FALLIBLE int sealmem_version_controller_commit_write(
	struct sealmem_version_controller *controller);

/**
 * sealmem_version_controller_close() - Count no more, and unmap
 * @controller: Controller; empty afterwards. An empty one is accepted
 *
 * Clients keep the last numbers.
 *
 * Context: The thread that owns @controller.
 */
SEALMEM_API void
sealmem_version_controller_close(struct sealmem_version_controller *controller);

/**
 * sealmem_version_client_attach() - Begin to look
 * @region: Region of a controller; may be closed afterwards
 * @ret_client: Receives the client
 *
 * Context: Any thread.
 * Return: 0, or as sealmem_structured_attach(): -EPROTO if it is a region of
 * something else.
 */
SEALMEM_FALLIBLE int
sealmem_version_client_attach(const struct sealmem_readonly_region *region,
			      struct sealmem_version_client *ret_client);

/**
 * sealmem_version_client_version() - The shared version
 * @client: Client; may be empty
 *
 * Context: Any thread; async-signal-safe.
 * Return: Version; SEALMEM_SHARED_VERSION_INVALID if empty or unreadable.
 */
SEALMEM_API uint64_t
sealmem_version_client_version(const struct sealmem_version_client *client);

/**
 * sealmem_version_client_is_below() - Is the shared version below mine?
 * @client: Client; may be empty
 * @version: Mine
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if it is, if @version is SEALMEM_SHARED_VERSION_INVALID, or if
 * the client is empty or cannot tell.
 */
SEALMEM_API bool
sealmem_version_client_is_below(const struct sealmem_version_client *client,
				uint64_t version);

/**
 * sealmem_version_client_is_above() - Is the shared version above mine?
 * @client: Client; may be empty
 * @version: Mine
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if it is, if @version is SEALMEM_SHARED_VERSION_INVALID, or if
 * the client is empty or cannot tell.
 */
SEALMEM_API bool
sealmem_version_client_is_above(const struct sealmem_version_client *client,
				uint64_t version);

/**
 * sealmem_version_client_is_committed_below() - Are writes still missing?
 * @client: Client; may be empty
 * @count: How many writes must have been committed
 *
 * Context: Any thread; async-signal-safe.
 * Return: True if fewer than @count were, or if the client is empty or cannot
 * tell.
 */
SEALMEM_API bool sealmem_version_client_is_committed_below(
	const struct sealmem_version_client *client, uint64_t count);

/**
 * sealmem_version_client_close() - Look no more, and unmap
 * @client: Client; empty afterwards. An empty one is accepted
 *
 * Context: The thread that owns @client.
 */
SEALMEM_API void
sealmem_version_client_close(struct sealmem_version_client *client);

#ifdef __cplusplus
}
#endif

#endif
