/* SPDX-License-Identifier: MIT */
/*
 * `sealmem attack --fd`: what memory of somebody else guarantees. Nothing that
 * is tried could change it, even if it had no seals at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/attack.h"
#include "tools/tool.h"

/* In the order of the bits of <linux/fcntl.h>. */
static const char *const seal_names[] = {
	"seal", "shrink", "grow", "write", "future-write", "exec",
};

static void print_seals(unsigned int seals)
{
	const size_t count = sizeof(seal_names) / sizeof(seal_names[0]);

	printf("seals    ");
	for (size_t i = 0; i < count; i++)
		if (seals & 1u << i)
			printf(" %s", seal_names[i]);
	puts(seals ? "" : " none");
}

static const char *access_text(const struct attack_inspection *inspection)
{
	if (!inspection->writable)
		return "for reading alone";
	return inspection->readable ? "for reading and writing" :
				      "for writing alone";
}

static const char *writers_text(const struct attack_inspection *inspection)
{
	if (inspection->writable)
		return "whoever has it can write to it";
	if (inspection->mode & 0022)
		return "whoever has it can open it again, for writing";
	return "its user and root can open it again, for writing";
}

/* What is missing to a region that is live, at least, and against whom. */
static void print_lacks(const struct attack_inspection *inspection)
{
	const unsigned int size = F_SEAL_SHRINK | F_SEAL_GROW;
	const unsigned int write = F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
	bool lacks_size = (inspection->seals & size) != size;
	bool lacks_content = !(inspection->seals & write);

	if (!lacks_size && !lacks_content)
		return;
	printf("lacks     %s%s%s\n", lacks_content ? "fixed content" : "",
	       lacks_size && lacks_content ? ", and " : "",
	       lacks_size ? "a fixed size: shrunk, it kills by SIGBUS" : "");
	printf("          %s\n", writers_text(inspection));
}

void attack_print_inspection(const struct attack_inspection *inspection)
{
	print_seals(inspection->seals);
	printf("          %s\n", inspection->sealed ?
		       "nobody can add any" :
		       "who may write can add more");
	printf("open      %s\n", access_text(inspection));
	printf("mode      %04o, of user %u\n", (unsigned int)inspection->mode,
	       (unsigned int)inspection->owner);
	printf("size      %llu bytes%s%s\n",
	       (unsigned long long)inspection->size,
	       inspection->holes ? ", with holes" : "",
	       inspection->huge ? ", of huge pages" : "");
	print_lacks(inspection);
	printf("\n%s\n\n", attack_level_text(inspection));
}

static void say_problem(int error)
{
	if (error == EINVAL)
		tool_say("this is no memory that can have seals: it guarantees "
			 "nothing");
	else
		tool_say("cannot look at it: %s", strerror(error));
}

int attack_look(int fd, struct attack_inspection *ret_inspection,
		struct attack_target *ret_target)
{
	int ret = attack_inspect(fd, ret_inspection);

	if (ret == 0)
		ret = attack_target_adopt(ret_inspection->level, fd,
					  ret_inspection->level ==
						  ATTACK_FROZEN,
					  ret_target);
	if (ret < 0)
		say_problem(-ret);
	return ret < 0 ? TOOL_FAILED : TOOL_GOOD;
}
