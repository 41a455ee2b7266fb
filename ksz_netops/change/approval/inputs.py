"""The local inputs of admission, read from an inventory and its record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ksz_netops.change.approval.admission import AdmissionInputs
from ksz_netops.change.approval.policy import read_policy
from ksz_netops.change.approval.provenance import provenance_doubts
from ksz_netops.change.plan.inventory_digest import inventory_files
from ksz_netops.signing.signers import read_signers

if TYPE_CHECKING:
    from pathlib import Path

    from ksz_netops.change.record.chain import Record
    from ksz_netops.intent.models import Intent


def admission_inputs(inventory: Path, intent: Intent, record: Record) -> AdmissionInputs:
    """What a plan is judged by: signers, policy, the inventory's files, the record.

    Raises:
        RefusedError: If the inventory names no signers or has no policy.
    """
    used = {entry.body.get("plan") for entry in record.entries()}
    return AdmissionInputs(
        signers=read_signers(inventory),
        policy=read_policy(inventory),
        files=inventory_files(inventory),
        is_used=used.__contains__,
        leads_through=record.leads_through,
        provenance=lambda plan: provenance_doubts(plan, intent, record),
    )
