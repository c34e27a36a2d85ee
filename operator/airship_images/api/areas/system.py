"""Which files, units, users and limits does the node have?"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from airship_images.api.admission import cel
from airship_images.api.areas.base import (
    CONTENT_LIMIT,
    SYSTEMD,
    AbsolutePath,
    Account,
    Area,
    Arguments,
    Content,
    Line,
    Named,
    PasswdPath,
    Permissions,
    ShortName,
    Url,
)
from airship_images.api.build import ContentRef, ObjectName, SecretRef, Sha256
from airship_images.api.durations import Duration
from airship_images.api.merge import Clears, Default, Merge, Needed, Needs

RunContexts = Annotated[
    list[Literal["root", "qcow", "iso", "livecdcontent"]], Field(min_length=1, max_length=4), Merge.REPLACE
]
LimitItem = Literal[
    "as", "core", "cpu", "data", "fsize", "locks", "maxlogins", "maxsyslogins", "memlock", "msgqueue", "nice",
    "nofile", "nonewprivs", "nproc", "priority", "rss", "rtprio", "sigpending", "stack",
]  # fmt: skip
ScriptText = Annotated[str, StringConstraints(pattern=r"^#!/", max_length=CONTENT_LIMIT)]
UnitName = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9:_.@\\-]{0,126}\.(?:service|socket|timer|mount|path|target|slice|swap|automount)"
        r"(?:\.d/[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\.conf)?$"
    ),
]


class Owned(Named):
    """A path with its owner and mode."""

    name: AbsolutePath = Field(description="Absolute path; merge key")
    permissions: Permissions | None = Field(None, description="Mode as four octal digits in quotes, for example '0644'")
    owner: Account | None = Field(None, description="Owner, a user of the image")
    group: Account | None = Field(None, description="Group, a group of the image")


class Made(Owned):
    """A path that is made: root's own unless it says otherwise."""

    owner: Annotated[Account | None, Default("root")] = Field(None, description="Owner (default root)")
    group: Annotated[Account | None, Default("root")] = Field(None, description="Group (default root)")


class Directory(Made):
    """A directory."""

    permissions: Annotated[Permissions | None, Default("0755")] = Field(
        None, description="Mode as four octal digits in quotes (default '0755')"
    )
    run_contexts: RunContexts | None = Field(None, description="Builds that it is made in (default all)")


class File(Made):
    """A file; its text is data, never a template."""

    model_config = ConfigDict(
        json_schema_extra=cel("!has(self.file_content) || !has(self.content_from)", "expected one source of content")
    )

    permissions: Annotated[Permissions | None, Default("0644")] = Field(
        None, description="Mode as four octal digits in quotes (default '0644')"
    )
    file_content: Annotated[Content | None, Clears("content_from")] = Field(
        None, description="Text of the file (at most 65536 characters); it or content_from"
    )
    content_from: Annotated[ContentRef | None, Clears("file_content"), Merge.REPLACE] = Field(
        None, description="Secret or ConfigMap that holds the content; it or file_content"
    )
    run_contexts: RunContexts | None = Field(None, description="Builds that it is made in (default all)")


class FilePermissions(Owned):
    """Owner and mode of a path that a package brings."""


class Unit(Named):
    """A systemd unit, or a drop-in as UNIT.d/NAME.conf."""

    name: UnitName = Field(description="Name of the unit, for example my.service; merge key")
    file_content: Content | None = Field(
        None, description="Text of the unit; left out for a unit that a package brings"
    )
    enabled: bool | None = Field(None, description="true enables the unit, false disables it")
    force: bool | None = Field(None, description="true replaces conflicting links, as systemctl enable --force")
    run_contexts: RunContexts | None = Field(None, description="Builds that it is made in (default all)")


class User(Named):
    """A user; a password is never inline."""

    model_config = ConfigDict(
        json_schema_extra=cel("!has(self.password)", "found an inline password, expected password_from")
    )

    name: Account = Field(description="Login name; merge key")
    uid: Annotated[int, Field(ge=0, le=4294967293)] | None = Field(None, description="User id (default: next free)")
    shell: PasswdPath | None = Field(None, description="Login shell (default /bin/bash)")
    home: PasswdPath | None = Field(None, description="Home directory (default /home/NAME)")
    groups: Annotated[list[Account], Field(max_length=32), Merge.REPLACE] | None = Field(
        None, description="Supplementary groups"
    )
    sudo: Annotated[bool | None, Needs(("sudo", "sudo-ldap"))] = Field(
        None, description="true may use sudo without a password"
    )
    password: Line | None = Field(
        None, description="Refused by rule InlinePassword: use password_from, so that no hash is kept in a profile"
    )
    password_from: SecretRef | None = Field(None, description="Secret that holds the crypt(5) hash of the password")
    password_lock: bool | None = Field(None, description="true locks the password (default without password_from)")
    ssh_authorized_keys_from: Annotated[
        Annotated[list[SecretRef], Field(max_length=16), Merge.REPLACE] | None, Needs(("openssh-server", "ssh"))
    ] = Field(None, description="Secrets that hold public SSH keys")
    run_contexts: RunContexts | None = Field(None, description="Builds that it is made in (default all)")


class Limit(Named):
    """One line of limits.d."""

    name: ShortName = Field(description="File name is 99-NAME.conf; merge key")
    domain: Annotated[Annotated[str, StringConstraints(pattern=r"^[@%]?[A-Za-z0-9_.*:-]{1,64}$")] | None, Needed()] = (
        Field(None, description="User, @group or * (which leaves root alone)")
    )
    type: Annotated[Literal["soft", "hard", "-"] | None, Needed()] = Field(None, description="Kind of limit")
    item: Annotated[LimitItem | None, Needed()] = Field(None, description="What is limited, for example nofile")
    value: Annotated[
        Annotated[str, StringConstraints(pattern=r"^(?:-?[0-9]{1,20}|unlimited|infinity)$")] | None, Needed()
    ] = Field(None, description="The limit, always a quoted string: a number, or unlimited")


class Banners(Area):
    """What a person reads at login."""

    login: Content | None = Field(None, description="Text before login (/etc/issue, /etc/issue.net)")
    motd: Content | None = Field(None, description="Text after login (/etc/motd)")


class UserScript(Named):
    """A script run while the image is built."""

    name: ShortName = Field(description="Name of the script; merge key")
    file_content: Annotated[ScriptText | None, Needed()] = Field(
        None, description="Text of the script; its first line names its interpreter, as #!/bin/sh"
    )
    timeout: Annotated[Duration | None, Default("10m")] = Field(
        None, description="Longest run, for example 2m (default 10m)"
    )
    run_contexts: RunContexts | None = Field(None, description="Builds that it runs in (default all)")


class OciArtifact(Area):
    """An artifact in a container registry."""

    reference: Annotated[
        str,
        StringConstraints(pattern=r"^[a-z0-9.-]+(?::[0-9]{1,5})?/[a-z0-9._/-]+@sha256:[0-9a-f]{64}$", max_length=512),
    ] = Field(description="Registry, repository and digest, for example registry.example/roles/agent@sha256:…")
    pull_secret_name: ObjectName | None = Field(
        None, alias="pullSecretName", description="Secret of type kubernetes.io/dockerconfigjson to pull with"
    )


class Role(Named):
    """An Ansible role of a user's own."""

    model_config = ConfigDict(
        json_schema_extra=cel("!has(self.configMapName) || !has(self.oci)", "expected one of configMapName and oci")
    )

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")] = Field(
        description="Name of the role; merge key"
    )
    config_map_name: Annotated[ObjectName | None, Clears("oci")] = Field(
        None,
        alias="configMapName",
        description="ConfigMap that holds its files, tasks/main.yml as tasks__main.yml; it or oci",
    )
    oci: Annotated[OciArtifact | None, Clears("configMapName"), Merge.REPLACE] = Field(
        None, description="Artifact whose one layer, a tar.gz, holds its files; it or configMapName"
    )
    run_contexts: RunContexts | None = Field(None, description="Builds that it runs in (default all)")


class Download(Made):
    """A file fetched while the image is built."""

    url: Annotated[Url | None, Needed()] = Field(None, description="Where it comes from")
    sha256: Annotated[Sha256 | None, Needed()] = Field(
        None, description="SHA-256 of its bytes: another content is refused"
    )
    use_proxy: bool | None = Field(
        None, description="false fetches it past the proxy of the operator's settings (default true)"
    )
    permissions: Annotated[Permissions | None, Default("0644")] = Field(
        None, description="Mode as four octal digits in quotes (default '0644')"
    )


class Kubelet(Area):
    """The kubelet's start."""

    extra_systemd_args: Arguments | None = Field(None, description="Arguments put on the kubelet's command line")


class System(Area):
    """Files, directories, units, users, limits, banners and scripts."""

    files: Annotated[list[File], Field(max_length=1024), Merge.BY_NAME] | None = Field(
        None, description="Files to write"
    )
    directories: Annotated[list[Directory], Field(max_length=512), Merge.BY_NAME] | None = Field(
        None, description="Directories to make"
    )
    file_permissions: Annotated[list[FilePermissions], Field(max_length=512), Merge.BY_NAME] | None = Field(
        None, description="Owner and mode of paths that packages bring"
    )
    systemd: Annotated[list[Unit], Field(max_length=256), Merge.BY_NAME, Needs(SYSTEMD)] | None = Field(
        None, description="systemd units and drop-ins"
    )
    user_management: Annotated[list[User], Field(max_length=128), Merge.BY_NAME] | None = Field(
        None, description="Users; root is locked unless it is named here"
    )
    limits: Annotated[list[Limit], Field(max_length=256), Merge.BY_NAME] | None = Field(
        None, description="Resource limits (limits.d)"
    )
    banners: Banners | None = Field(None, description="Texts before and after login")
    roles: Annotated[list[Role], Field(max_length=32), Merge.BY_NAME] | None = Field(
        None, description="Ansible roles of users' own, run in order after ours with extraVars as their variables"
    )
    user_scripts: Annotated[list[UserScript], Field(max_length=64), Merge.BY_NAME] | None = Field(
        None, description="Scripts run in the image while it is built, in order, after all other configuration"
    )
    fetch_from_url: Annotated[list[Download], Field(max_length=64), Merge.BY_NAME] | None = Field(
        None, description="Files fetched while the image is built"
    )
    kubelet: Annotated[Kubelet | None, Needs(("kubelet", "kubeadm"))] = Field(None, description="The kubelet's start")
