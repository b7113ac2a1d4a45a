/* SPDX-License-Identifier: MIT */
/* Becoming an ordinary user for good. */
#ifndef SEALMEM_TOOLS_PRIVILEGES_H
#define SEALMEM_TOOLS_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#define PRIVILEGES_GROUPS_MAX	64

/**
 * struct privileges_user - Whom to become
 * @uid: Not 0
 * @gid: The user's own group
 * @groups: All of the user's groups, and "input", whose members may read
 *	devices, where there is one
 * @group_count: How many
 */
struct privileges_user {
	uid_t uid;
	gid_t gid;
	gid_t groups[PRIVILEGES_GROUPS_MAX];
	int group_count;
};

/* False after a line that says why. */
bool privileges_find(const char *name, struct privileges_user *ret_user);

/*
 * Becomes @user without capabilities and without a way back, and tries the way
 * back. False after a line that says what did not work: end then.
 */
bool privileges_drop(const struct privileges_user *user);

/* No program that this process starts gains anything by starting. */
void privileges_gain_none(void);

#endif
