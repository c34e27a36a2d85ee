"""Do the documents make an image, and may the operator build it as they ask?"""

from airship_images.api.reasons import Reason
from airship_images.plan.state import Problem, State
from airship_images.plan.step import Done, Failed, Step
from airship_images.spec import Sourced


def inputs(state: State) -> Step:
    """Failed is final: somebody must change a document, or the operator's settings."""
    if isinstance(state.inputs, Problem):
        return Failed(state.inputs.reason, state.inputs.message)
    chosen = state.spec.builder.image if state.spec and state.spec.builder else None
    if chosen is not None and chosen != state.policy.builder_image and chosen not in state.policy.allowed_images:
        allowed = ", ".join(sorted({state.policy.builder_image, *state.policy.allowed_images}))
        return Failed(Reason.INVALID_INPUT, f"spec.builder.image: found {chosen}, expected one of {allowed}")
    if state.image_kind == "airship-v1" and not state.policy.airship_v1:
        message = "spec.builder.engine: found airship-v1, expected native: the operator's settings do not allow it"
        return Failed(Reason.ENGINE_NOT_ALLOWED, message)
    if isinstance(state.inputs, Sourced):
        return Done(Reason.INPUTS_READY, f"built elsewhere: {state.inputs.source.url}")
    return Done(Reason.INPUTS_READY, f"build {state.inputs.identities.build_hash[:10]} is fully described")
