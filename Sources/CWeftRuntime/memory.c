// SPDX-License-Identifier: Apache-2.0
#include "weft_memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define WITHOUT_LIMIT INT64_MAX

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t machine_bytes(void) {
    int64_t pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? pages * size : (int64_t)1 << 36;
}

static int64_t resource_limit(int resource) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY
        || limit.rlim_cur > INT64_MAX)
        return WITHOUT_LIMIT;
    return (int64_t)limit.rlim_cur;
}

#if defined(__linux__)

/// The number behind `name` in a file of lines such as "name 123" or "name: 123 kB"; -1 without.
static int64_t field(const char *path, const char *name) {
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    char line[256];
    size_t length = strlen(name);
    long long value = -1;
    while (value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, length) == 0 && (line[length] == ' ' || line[length] == ':'))
            if (sscanf(line + length + 1, "%lld", &value) != 1) value = -1;
    fclose(file);
    return value;
}

/// The number that a file consists of; -1 without, and for "max".
static int64_t number(const char *path) {
    FILE *file = fopen(path, "re");
    if (!file) return -1;
    long long value;
    if (fscanf(file, "%lld", &value) != 1) value = -1;
    fclose(file);
    return value;
}

/// The control group's files in version 1 or 2 of the hierarchy.
typedef struct names {
    const char *root, *limit, *usage, *cold, *warm;
} names;

static const names version1 = { "/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                                "memory.usage_in_bytes", "total_inactive_file",
                                "total_active_file" };
static const names version2 = { "/sys/fs/cgroup", "memory.max", "memory.current", "inactive_file",
                                "active_file" };

enum { PATH_BYTES = 1024 };

/// What one group allows: in all, or beyond what is in use. Cached files are given up for memory.
static int64_t group_bytes(const names *n, const char *group, int available) {
    char path[PATH_BYTES + 64];
    snprintf(path, sizeof path, "%s%s/%s", n->root, group, n->limit);
    int64_t limit = number(path);
    if (limit < 0) return WITHOUT_LIMIT;
    if (!available) return limit;
    snprintf(path, sizeof path, "%s%s/%s", n->root, group, n->usage);
    int64_t usage = number(path);
    if (usage < 0) return limit;
    snprintf(path, sizeof path, "%s%s/memory.stat", n->root, group);
    int64_t cold = field(path, n->cold), warm = field(path, n->warm);
    usage -= (cold > 0 ? cold : 0) + (warm > 0 ? warm : 0);
    return limit - (usage > 0 ? usage : 0);
}

/// The least of a group's and its ancestors'. A container may see its own group as the root while the
/// kernel names it by its place on the host, so every level is asked.
static int64_t groups_bytes(const names *n, char *group, int available) {
    int64_t bytes = WITHOUT_LIMIT;
    for (;;) {
        bytes = least(bytes, group_bytes(n, group, available));
        char *slash = strrchr(group, '/');
        if (!slash) return bytes;
        *slash = 0;
    }
}

static int64_t control_group_bytes(int available) {
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return WITHOUT_LIMIT;
    int64_t bytes = WITHOUT_LIMIT;
    char line[PATH_BYTES];
    // Lines are "number:controllers:path"; version 2 has one without controllers.
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path) continue;
        *path++ = 0;
        controllers++;
        if (*controllers == 0)
            bytes = least(bytes, groups_bytes(&version2, path, available));
        else if (strstr(controllers, "memory"))
            bytes = least(bytes, groups_bytes(&version1, path, available));
    }
    fclose(file);
    return bytes;
}

/// What is left of a limit on the kind of memory that a field of /proc/self/status counts.
static int64_t rest_of(int resource, const char *name) {
    int64_t limit = resource_limit(resource);
    if (limit == WITHOUT_LIMIT) return limit;
    int64_t used = field("/proc/self/status", name);
    return limit - (used > 0 ? used * 1024 : 0);
}

int64_t weft_memory_available(void) {
    int64_t bytes = field("/proc/meminfo", "MemAvailable");
    int64_t swap = field("/proc/meminfo", "SwapFree");
    bytes = bytes < 0 ? machine_bytes() : (bytes + (swap > 0 ? swap : 0)) * 1024;
    bytes = least(bytes, control_group_bytes(1));
    bytes = least(bytes, rest_of(RLIMIT_AS, "VmSize"));
    bytes = least(bytes, rest_of(RLIMIT_DATA, "VmData"));
    return bytes > 0 ? bytes : 0;
}

#else

static int64_t control_group_bytes(int available) { return (void)available, WITHOUT_LIMIT; }

int64_t weft_memory_available(void) { return weft_memory_limit(); }

#endif

int64_t weft_memory_limit(void) {
    // Neither the machine nor, but for rare administration, the group's limit changes.
    static _Atomic int64_t fixed = 0;
    int64_t bytes = fixed;
    if (bytes == 0) {
        bytes = least(machine_bytes(), control_group_bytes(0));
        if (bytes <= 0) bytes = 1;
        fixed = bytes;
    }
    return least(bytes, least(resource_limit(RLIMIT_AS), resource_limit(RLIMIT_DATA)));
}
