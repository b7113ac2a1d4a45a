/* SPDX-License-Identifier: MIT */
/*
 * Dropping privileges: groups first, since an ordinary user may not change
 * them, then the user, then what is left of capabilities; and each of them is
 * looked at afterwards.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tools/gamepad/privileges.h"
#include "tools/tool.h"

/* In every C library, and declared in libcap's header alone. */
int capget(cap_user_header_t header, cap_user_data_t data);
int capset(cap_user_header_t header, const cap_user_data_t data);

/* ---- who it is ---------------------------------------------------------- */

static bool has_group(const struct privileges_user *user, gid_t gid)
{
	for (int i = 0; i < user->group_count; i++)
		if (user->groups[i] == gid)
			return true;
	return false;
}

/* The one that udev gives the nodes to. */
static void add_input(struct privileges_user *user)
{
	const struct group *input = getgrnam("input");

	if (input && !has_group(user, input->gr_gid) &&
	    user->group_count < PRIVILEGES_GROUPS_MAX)
		user->groups[user->group_count++] = input->gr_gid;
}

bool privileges_find(const char *name, struct privileges_user *ret_user)
{
	const struct passwd *entry;

	errno = 0;
	entry = getpwnam(name);
	if (!entry) {
		tool_say("there is no user '%s'%s%s", name, errno ? ": " : "",
			 errno ? strerror(errno) : "");
		return false;
	}
	if (entry->pw_uid == 0) {
		tool_say("--user %s drops nothing: name an ordinary user",
			 name);
		return false;
	}
	*ret_user = (struct privileges_user){
		.uid = entry->pw_uid,
		.gid = entry->pw_gid,
		.group_count = PRIVILEGES_GROUPS_MAX,
	};
	if (getgrouplist(name, entry->pw_gid, ret_user->groups,
			 &ret_user->group_count) < 0) {
		tool_say("user '%s' has more than %d groups", name,
			 PRIVILEGES_GROUPS_MAX);
		return false;
	}
	add_input(ret_user);
	return true;
}

/* ---- the way down ------------------------------------------------------- */

static bool set_no_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { 0 };

	return capset(&header, none) == 0;
}

/* What did not work, or NULL. */
static const char *become(const struct privileges_user *user)
{
	if (setgroups((size_t)user->group_count, user->groups) < 0)
		return "groups";
	if (setresgid(user->gid, user->gid, user->gid) < 0)
		return "group";
	if (setresuid(user->uid, user->uid, user->uid) < 0)
		return "user";
	if (!set_no_capabilities())
		return "capabilities";
	return NULL;
}

/* ---- no way back -------------------------------------------------------- */

static bool is_user(const struct privileges_user *user)
{
	uid_t real, effective, saved;
	gid_t real_gid, effective_gid, saved_gid;

	return getresuid(&real, &effective, &saved) == 0 &&
	       getresgid(&real_gid, &effective_gid, &saved_gid) == 0 &&
	       real == user->uid && effective == user->uid &&
	       saved == user->uid && real_gid == user->gid &&
	       effective_gid == user->gid && saved_gid == user->gid;
}

static bool has_capabilities(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	unsigned int any = 0;

	if (capget(&header, data) < 0)
		return true;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		any |= data[i].effective | data[i].permitted |
		       data[i].inheritable;
	return any != 0;
}

static bool is_for_good(const struct privileges_user *user)
{
	return is_user(user) && !has_capabilities() && setuid(0) < 0 &&
	       seteuid(0) < 0 && (user->gid == 0 || setgid(0) < 0) &&
	       setgroups(0, NULL) < 0;
}

void privileges_gain_none(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		tool_say("cannot set no_new_privs: %s", strerror(errno));
}

bool privileges_drop(const struct privileges_user *user)
{
	const char *failed = become(user);

	if (failed) {
		tool_say("cannot drop privileges (%s): %s%s", failed,
			 strerror(errno),
			 errno == EPERM ? "; --user is for root" : "");
		return false;
	}
	if (is_for_good(user))
		return true;
	tool_say("privileges were dropped and are still there");
	return false;
}
