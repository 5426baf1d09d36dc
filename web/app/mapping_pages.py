"""A hotel's mapping: a table of fields and owners beside the text, ten guests before and after while one types; pipelines."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from domain.errors import ConciergeError, Refused
from domain.mapping import default_text
from domain.portal import Hotel
from domain.ports.crm import Pipeline
from domain.ports.settings import SettingsFault
from domain.stays import StayState
from handlers.settings.mappings import OWNERS, Mappings, Trial, with_owners, with_pipeline
from handlers.settings.settings import PortalSettings, SettingsRefusedError, View
from web.app.visits import Page, Visit

ENTITIES = ("contact", "deal", "company")


class MappingPages:
    """Per hotel."""

    def __init__(self, settings: PortalSettings, mappings: Mappings) -> None:
        self._settings = settings
        self._mappings = mappings

    def pages(self) -> list[Page]:
        """Reached from the hotel's page."""
        return [
            Page("hotels/{code}/mapping", self.show, self.save),
            Page("hotels/{code}/mapping/preview", send=self.preview),
            Page("hotels/{code}/pipeline", self.show_pipeline, self.save_pipeline),
        ]

    # --- fields ----------------------------------------------------------------------------------------------

    async def show(self, visit: Visit) -> web.StreamResponse:
        """The mapping in force, tried on ten guests."""
        hotel = self._mappings.hotel(visit.viewer, visit.name("code"))
        view = await self._settings.view(visit.viewer)
        text = _text_of(view, hotel)
        trial = await self._mappings.trial(visit.viewer, hotel, text, journal=True)
        return self._page(visit, view, hotel, text, trial, 200)

    def _page(
        self,
        visit: Visit,
        view: View,
        hotel: Hotel,
        text: str,
        trial: Trial,
        status: int,
        faults: Sequence[SettingsFault] = (),
    ) -> web.Response:
        tables = self._mappings.table(visit.viewer, text, hotel.mapping)
        return visit.page(
            "mapping.html", status, hotel=hotel, view=view, text=text, trial=trial, faults=faults,
            tables=[(entity, tables[entity]) for entity in ENTITIES], owners=OWNERS,
            file=_file_of(view, hotel), default=default_text(),
        )  # fmt: skip

    async def preview(self, visit: Visit) -> web.StreamResponse:
        """Ten guests as the typed mapping would make them. Stores nothing."""
        hotel = self._mappings.hotel(visit.viewer, visit.name("code"))
        trial = await self._mappings.trial(visit.viewer, hotel, self._typed(visit, hotel), journal=False)
        return visit.page("mapping_preview.html", 200, hotel=hotel, trial=trial)

    def _typed(self, visit: Visit, hotel: Hotel) -> str:
        """The typed text, with the owners that were chosen in the table put in."""
        text = visit.posted("text").replace("\r\n", "\n")
        fields = [
            (entity, one.name)
            for entity, rows in self._mappings.table(visit.viewer, text, hotel.mapping).items()
            for one in rows
        ]
        owners = {}
        for entity, name in fields:
            owner, was = visit.posted(f"owner.{entity}.{name}"), visit.posted(f"was.{entity}.{name}")
            if owner and owner != was:  # chosen now; what the text says meanwhile counts for the rest
                owners[entity, name] = owner
        return with_owners(text, owners)

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Store the text; what is wrong comes back beside what was typed."""
        hotel = self._mappings.hotel(visit.viewer, visit.name("code"))
        view = await self._settings.view(visit.viewer)
        if _file_of(view, hotel):
            raise Refused("settings-fixed")
        text = self._typed(visit, hotel)
        trial = await self._mappings.trial(visit.viewer, hotel, text, journal=False)
        faults = list(trial.faults)
        if not faults:
            path = f"hotels.{hotel.code}.mapping_text"
            try:
                await self._settings.change(visit.viewer, visit.version, {path: text.strip() and text})
            except SettingsRefusedError as refusal:
                faults = refusal.faults or [SettingsFault("", visit.fault(refusal.code))]
            else:
                return visit.go(f"hotels/{hotel.code}/mapping", "mapping-saved")
        return self._page(visit, view, hotel, text, trial, 422, faults)

    # --- pipeline and stages ---------------------------------------------------------------------------------

    async def show_pipeline(self, visit: Visit) -> web.StreamResponse:
        """The portal's pipelines to pick from."""
        hotel = self._mappings.hotel(visit.viewer, visit.name("code"))
        view = await self._settings.view(visit.viewer)
        return await self._pipeline(visit, view, hotel, [], 200)

    async def _pipeline(
        self, visit: Visit, view: View, hotel: Hotel, faults: Sequence[SettingsFault], status: int
    ) -> web.StreamResponse:
        away: ConciergeError | None = None
        listed: Sequence[Pipeline] = ()
        try:
            listed = await self._mappings.pipelines(visit.viewer)
        except ConciergeError as fault:
            away = fault
        if status == 200:
            chosen = next((one for one in listed if one.name == hotel.mapping.pipeline(hotel.name)), None)
            own = hotel.mapping.rules.pipeline == "{hotel}"
            wanted = "" if own or chosen is None else str(chosen.id)
            uses = {state.value: self._used(chosen, hotel, state) for state in StayState}
        else:
            wanted, uses = visit.posted("pipeline"), dict(_typed_stages(visit))
        return visit.page(
            "pipeline.html", status, hotel=hotel, view=view, pipelines=listed, wanted=wanted, uses=uses,
            states=[state.value for state in StayState], faults=faults, file=_file_of(view, hotel),
            names={stage.code: stage.title for stage in hotel.mapping.stages},
            stage_of={state.value: code for state, code in hotel.mapping.stage_of.items()},
            away=visit.fault(away.code, **away.params) if away else "",
        )  # fmt: skip

    @staticmethod
    def _used(pipeline: Pipeline | None, hotel: Hotel, state: StayState) -> str:
        code = hotel.mapping.stage_of[state]
        use = next((stage.use for stage in hotel.mapping.stages if stage.code == code), "")
        if not use or pipeline is None:
            return ""
        named = {use.casefold(), use.partition(":")[2].casefold()}
        return next(
            (one.code for one in pipeline.stages if {one.code.casefold(), one.name.casefold()} & named), use
        )

    async def save_pipeline(self, visit: Visit) -> web.StreamResponse:
        """Store the picked pipeline and stages in the hotel's mapping."""
        hotel = self._mappings.hotel(visit.viewer, visit.name("code"))
        view = await self._settings.view(visit.viewer)
        if _file_of(view, hotel):
            raise Refused("settings-fixed")
        listed = await self._mappings.pipelines(visit.viewer)
        picked = next((one for one in listed if str(one.id) == visit.posted("pipeline")), None)
        known = {stage.code for stage in picked.stages} if picked else set()
        stages = {state: code for state, code in _typed_stages(visit).items() if code in known}
        text = with_pipeline(_text_of(view, hotel), picked.name if picked else "", stages)
        try:
            path = f"hotels.{hotel.code}.mapping_text"
            await self._settings.change(visit.viewer, visit.version, {path: text.strip() and text})
        except SettingsRefusedError as refusal:
            faults = refusal.faults or [SettingsFault("", visit.fault(refusal.code))]
            return await self._pipeline(visit, view, hotel, faults, 422)
        return visit.go(f"hotels/{hotel.code}/pipeline", "pipeline-saved")


def _typed_stages(visit: Visit) -> Mapping[str, str]:
    """Per state the stage picked in the pipeline that was picked."""
    pipeline = visit.posted("pipeline")
    return {state.value: visit.posted(f"stage.{pipeline}.{state.value}") for state in StayState}


def _text_of(view: View, hotel: Hotel) -> str:
    return str(view.value(f"hotels.{hotel.code}.mapping_text") or "")


def _file_of(view: View, hotel: Hotel) -> str:
    """The mapping's file, where the hotel has one from `concierge.toml`: then the page only shows it."""
    return str(view.value(f"hotels.{hotel.code}.mapping") or "")
