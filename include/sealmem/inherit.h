/* SPDX-License-Identifier: MIT */
/*
 * Inheriting regions: a read-only or unsafe region for the program that a child
 * process executes, by descriptor number and a text for its command line.
 *
 * The text says what else the new program has to know, in decimal:
 *
 *   descriptor number , i , token high , token low , size
 *
 * It is no secret and proves nothing: the memory is checked like a peer's. That
 * takes a parent that the child trusts to say which descriptor is meant. The
 * kind is not in it: the receiver names it by the function that it calls.
 *
 * With fork and exec, where 9 is a number that both programs agree on:
 *
 *   if (sealmem_readonly_region_to_text(&region, 9, text) < 0)
 *           return;
 *   child = fork();
 *   if (child == 0) {
 *           if (sealmem_readonly_region_inherit_at(&region, 9) == 0)
 *                   execl(program, program, text, (char *)NULL);
 *           _exit(127);
 *   }
 *
 * With posix_spawn:
 *
 *   posix_spawn_file_actions_adddup2(
 *           &actions, sealmem_readonly_region_fd(&region), 9);
 *
 * And in the new program:
 *
 *   ret = sealmem_readonly_region_from_text(argv[1], NULL, &region, NULL);
 */
#ifndef SEALMEM_INHERIT_H
#define SEALMEM_INHERIT_H

#include <sealmem/base.h>
#include <sealmem/descriptor.h>
#include <sealmem/region.h>

/* The longest text and the terminating zero. */
#define SEALMEM_INHERIT_TEXT_SIZE 76

/* The lowest number to inherit at: 0, 1 and 2 have a meaning of their own. */
#define SEALMEM_INHERIT_FD_MIN 3

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_readonly_region_to_text() - Describe a region that will be inherited
 * @region: Region; stays the caller's
 * @target_fd: Number that its descriptor will have in the new program,
 *	SEALMEM_INHERIT_FD_MIN to INT_MAX
 * @ret_text: Receives the text: digits, commas, the letter i and a zero
 *
 * Nothing happens to any descriptor.
 *
 * Context: Any thread; async-signal-safe.
 * Return: 0, or -EBADF (empty), -EINVAL (@target_fd).
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_to_text(const struct sealmem_readonly_region *region,
				int target_fd,
				char ret_text[SEALMEM_INHERIT_TEXT_SIZE]);

/**
 * sealmem_unsafe_region_to_text() - Describe a region that will be inherited
 * @region: Region; stays the caller's
 * @target_fd: Number that its descriptor will have in the new program,
 *	SEALMEM_INHERIT_FD_MIN to INT_MAX
 * @ret_text: Receives the text: digits, commas, the letter i and a zero
 *
 * Context: Any thread; async-signal-safe.
 * Return: As sealmem_readonly_region_to_text().
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_to_text(const struct sealmem_unsafe_region *region,
			      int target_fd,
			      char ret_text[SEALMEM_INHERIT_TEXT_SIZE]);

/**
 * sealmem_readonly_region_inherit_at() - Keep a region open across exec
 * @region: Region; stays the caller's, and close-on-exec, unless its own
 *	descriptor has that number already
 * @target_fd: Number to have there, from SEALMEM_INHERIT_FD_MIN on
 *
 * For the child, between fork and exec: there no other thread can execute
 * something else meanwhile. A descriptor that has the number and would be
 * closed by exec is replaced; one that would not is somebody's who wants it
 * inherited. For several regions choose numbers that none of them has: one whose
 * own descriptor was replaced for another is noticed, but cannot be inherited.
 *
 * Context: Async-signal-safe.
 * Return: 0, or -EBADF (empty, or replaced), -EINVAL (@target_fd, also if above
 * RLIMIT_NOFILE), -EEXIST (the number is taken).
 */
SEALMEM_FALLIBLE int
sealmem_readonly_region_inherit_at(const struct sealmem_readonly_region *region,
				   int target_fd);

/**
 * sealmem_unsafe_region_inherit_at() - Keep a region open across exec
 * @region: Region; stays the caller's, and close-on-exec, unless its own
 *	descriptor has that number already
 * @target_fd: Number to have there, from SEALMEM_INHERIT_FD_MIN on
 *
 * Context: Async-signal-safe; as sealmem_readonly_region_inherit_at().
 * Return: As sealmem_readonly_region_inherit_at().
 */
SEALMEM_FALLIBLE int
sealmem_unsafe_region_inherit_at(const struct sealmem_unsafe_region *region,
				 int target_fd);

/**
 * sealmem_readonly_region_from_text() - Take over a region that was inherited
 * @text: As sealmem_readonly_region_to_text() writes it, and not one character
 *	otherwise: five fields, no sign, no blank, no leading zero
 * @policy: What to accept, or NULL
 * @ret_region: Receives the region, which then owns the descriptor of that
 *	number and makes it close on exec
 * @ret_refusal: Receives why not (enum sealmem_refusal), also on failure; may
 *	be NULL
 *
 * The first thing that is wrong decides:
 *
 *   SEALMEM_REFUSAL_TEXT_FIELDS      too long, or not five fields
 *   SEALMEM_REFUSAL_TEXT_DESCRIPTOR  no number, or 0, 1 or 2
 *   SEALMEM_REFUSAL_TEXT_METHOD      not i
 *   SEALMEM_REFUSAL_TEXT_TOKEN       half of the token is no number
 *   SEALMEM_REFUSAL_TEXT_SIZE        no number
 *   SEALMEM_REFUSAL_NOT_INHERITED    not open, or close-on-exec, so that it
 *                                    cannot have come through exec
 *
 * and then everything that import refuses: the size by the policy's limit, the
 * empty token, the descriptor itself. Unlike import this closes nothing that it
 * refuses: a descriptor that a wrong text names may be anybody's. It is then as
 * it was.
 *
 * Context: Any thread, best early in main: no other code should use that
 * descriptor, and it stays open across exec until then.
 * Return: 0, or -EBADMSG (the text), -EPROTO (the descriptor), and as
 * sealmem_readonly_region_import().
 */
SEALMEM_FALLIBLE int sealmem_readonly_region_from_text(
	const char *text, const struct sealmem_policy *policy,
	struct sealmem_readonly_region *ret_region, uint32_t *ret_refusal);

/**
 * sealmem_unsafe_region_from_text() - Take over a region that was inherited
 * @text: As sealmem_unsafe_region_to_text() writes it
 * @policy: What to accept, or NULL
 * @ret_region: Receives the region, which then owns the descriptor of that
 *	number and makes it close on exec
 * @ret_refusal: Receives why not (enum sealmem_refusal), also on failure; may
 *	be NULL
 *
 * Context: As sealmem_readonly_region_from_text().
 * Return: As sealmem_readonly_region_from_text().
 */
SEALMEM_FALLIBLE int sealmem_unsafe_region_from_text(
	const char *text, const struct sealmem_policy *policy,
	struct sealmem_unsafe_region *ret_region, uint32_t *ret_refusal);

#ifdef __cplusplus
}
#endif

#endif
